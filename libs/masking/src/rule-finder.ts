import type { MaskRule } from './rule.ts';
import type { Span } from './span.ts';

/** A check may look at every character of a value; a hostile text has many long ones. */
const JUDGED_CHARS_MAX = 1024;
const RANKS = { credential: 1, context: 2, personal: 3 } as const;

/** All places of one rule in a text. */
export function findByRule(text: string, rule: MaskRule): Span[] {
  const { pattern } = rule;
  const spans: Span[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const span = spanOfMatch(text, match, rule);
    if (span === undefined) continue;
    spans.push(span);
    pattern.lastIndex = Math.max(pattern.lastIndex, span.end);
  }
  return spans;
}

function spanOfMatch(text: string, match: RegExpExecArray, rule: MaskRule): Span | undefined {
  const head = match.groups?.head ?? '';
  const start = match.index + head.length;
  const end = rule.extent?.(text, start) ?? match.index + match[0].length;
  const value = text.slice(start, end);
  if (value === '' || value.startsWith('[masked:')) return undefined;
  const judged = value.length > JUDGED_CHARS_MAX ? value.slice(0, JUDGED_CHARS_MAX) : value;
  if (rule.accepts?.({ text, value: judged, start, end, head }) === false) return undefined;
  return { start, end, rule: rule.id, value, rank: RANKS[rule.group] };
}
