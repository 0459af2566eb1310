import type { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { createLineMasker, type LineMasker } from './line-masker.ts';
import { createPrefilter } from './prefilter.ts';
import type { MaskRule, PersonalData } from './rule.ts';
import { findByRule } from './rule-finder.ts';
import { MASK_RULES } from './rules.ts';
import { createSecretFinder } from './secret-finder.ts';
import type { Secret } from './secret-needles.ts';
import { mergeSpans, replaceSpans, type Span } from './span.ts';

export interface MaskerOptions {
  /** Values given to the server; masked in every form they are usually written in. */
  readonly secrets?: readonly Secret[];
  /** Switches over {@link PERSONAL_DATA_DEFAULTS}. */
  readonly personalData?: Partial<Record<PersonalData, boolean>>;
  /** With it a marker ends in `#` and 8 hex digits of HMAC-SHA256: same secret, same digits. */
  readonly hashKey?: Buffer;
  /** Milliseconds one text may take; past them the whole text is masked. Default 250. */
  readonly timeBudgetMs?: number;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
}

/** Masks the output of one server. Not shared between servers: each has its own secrets. */
export interface Masker {
  /** Masks a text; the same string comes back when nothing was found. */
  mask(text: string): string;
  /**
   * Masks a text that was cut at its end: the beginning of a secret there is masked too, and so
   * is the unfinished last word (`[masked:cut]`), which no rule can judge.
   */
  maskCut(text: string): string;
  /** Begins a stream that is masked line by line; one per stream, as a key may span lines. */
  createLineMasker(): LineMasker;
  /** Spans masked so far by rule id. */
  counts(): ReadonlyMap<string, number>;
}

/**
 * On: what identifies or harms a person and has a checksum or an unmistakable form. Off: `ip`,
 * which is how operators tell clients apart, and `phone`, whose forms ordinary numbers share.
 */
export const PERSONAL_DATA_DEFAULTS: Readonly<Record<PersonalData, boolean>> = {
  email: true,
  card: true,
  iban: true,
  ssn: true,
  phone: false,
  ip: false,
};

const TIME_BUDGET_MS = 250;
const TIME_BUDGET_RULE = 'time-budget';
const CUT_RULE = 'cut';
const CUT_WORD_MIN = 8;
const CUT_WORD_MAX = 4096;

export function createMasker(options: MaskerOptions = {}): Masker {
  const { secrets = [], hashKey } = options;
  const personalData = { ...PERSONAL_DATA_DEFAULTS, ...options.personalData };
  const rules = MASK_RULES.filter((rule) => rule.data === undefined || personalData[rule.data]);
  const secretFinder = createSecretFinder(secrets);
  const prefilter = createPrefilter(rules, secretFinder.grams);
  const counts = new Map<string, number>();
  const overBudget = createBudget(options);

  const mark = (rule: string, value?: string): string => {
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
    const hash = value === undefined || hashKey === undefined ? '' : hashPrefix(hashKey, value);
    return `[masked:${rule}${hash}]`;
  };

  const maskText = (text: string, cut: boolean): string => {
    const scan = prefilter.scan(text);
    const maySecret = secretFinder.mayFind(scan, cut);
    if (scan.rules.length === 0 && !maySecret && !cut) return text;
    const isOver = overBudget();
    const spans = maySecret ? secretFinder.find(text, scan, cut) : [];
    for (const index of scan.rules) {
      if (isOver()) return mark(TIME_BUDGET_RULE);
      spans.push(...findByRule(text, rules[index] as MaskRule));
    }
    if (isOver()) return mark(TIME_BUDGET_RULE);
    if (cut) spans.push(...cutWord(text));
    if (spans.length === 0) return text;
    return replaceSpans(text, mergeSpans(spans), (span) => mark(span.rule, span.value));
  };

  const mask = (text: string): string => maskText(text, false);
  return {
    mask,
    maskCut: (text) => maskText(text, true),
    createLineMasker: () =>
      createLineMasker({ mask, maskWhole: (line) => mark('private-key', line.trim()) }),
    counts: () => counts,
  };
}

/** Starts a measurement per text and tells whether it has run out. */
function createBudget({
  timeBudgetMs = TIME_BUDGET_MS,
  now = () => performance.now(),
}: MaskerOptions): () => () => boolean {
  return () => {
    const startedAt = now();
    return () => now() - startedAt > timeBudgetMs;
  };
}

function hashPrefix(key: Buffer, value: string): string {
  return `#${createHmac('sha256', key).update(value).digest('hex').slice(0, 8)}`;
}

/** The unfinished last word of a text that was cut. */
function cutWord(text: string): Span[] {
  let start = text.length;
  const least = Math.max(0, text.length - CUT_WORD_MAX);
  while (start > least && /[A-Za-z0-9_\-+/=.~%\\]/.test(text.charAt(start - 1))) start--;
  if (text.length - start < CUT_WORD_MIN) return [];
  return [{ start, end: text.length, rule: CUT_RULE, value: text.slice(start), rank: 3 }];
}
