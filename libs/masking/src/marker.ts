import type { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import type { MaskRule } from './rule.ts';
import { type Secret, secretRule } from './secret-needles.ts';
import type { Span } from './span.ts';

/** Writes the markers that stand in place of what was masked, and knows its own again. */
export interface Marker {
  mark(rule: string, value: string): string;
  /**
   * The spans that are not part of a marker which stands in the text already, so that masking
   * again changes nothing. Only markers of known rules count: a server that prints
   * `[masked:<its secret>]` hides nothing that way.
   */
  outside(text: string, spans: readonly Span[]): readonly Span[];
}

export interface MarkerOptions {
  readonly rules: readonly MaskRule[];
  readonly secrets: readonly Secret[];
  readonly hashKey: Buffer | undefined;
}

const OPENING = '[masked:';
const MARKER = /\[masked:([A-Za-z0-9_.:-]{1,80})(?:#[0-9a-f]{8})?\]/g;
const TIME_BUDGET = /^time-budget:\d{1,15}$/;

export function createMarker({ rules, secrets, hashKey }: MarkerOptions): Marker {
  const own = new Set(['cut', 'private-key', ...rules.map(({ id }) => id)]);
  for (const { name } of secrets) own.add(secretRule(name));
  const isOwn = (rule: string): boolean => own.has(rule) || TIME_BUDGET.test(rule);
  return {
    mark: (rule, value) => `${OPENING}${rule}${hashKey ? hashPrefix(hashKey, value) : ''}]`,
    outside: (text, spans) => {
      if (!text.includes(OPENING)) return spans;
      const markers = [...text.matchAll(MARKER)]
        .filter(([, rule]) => isOwn(rule ?? ''))
        .map(({ index, 0: marker }) => ({ start: index, end: index + marker.length }));
      return spans.filter(
        ({ start, end }) => !markers.some((each) => each.start <= start && end <= each.end),
      );
    },
  };
}

function hashPrefix(key: Buffer, value: string): string {
  return `#${createHmac('sha256', key).update(value).digest('hex').slice(0, 8)}`;
}
