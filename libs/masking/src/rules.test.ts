import { describe, expect, it } from 'vitest';
import { createMasker } from './masker.ts';
import { createPrefilter } from './prefilter.ts';
import type { MaskRule } from './rule.ts';
import { findByRule } from './rule-finder.ts';
import { MASK_RULES } from './rules.ts';

const EVERYTHING = { email: true, card: true, iban: true, ssn: true, phone: true, ip: true };

function unmarked(example: string): string {
  return example.replace(/[⟦⟧]/g, '');
}

function maskedByTable(text: string, rule: MaskRule): string {
  const wanted = createPrefilter([rule]).scan(text).rules.length > 0;
  const spans = wanted ? findByRule(text, rule) : [];
  return spans.reduceRight(
    (out, { start, end }) => `${out.slice(0, start)}[${rule.id}]${out.slice(end)}`,
    text,
  );
}

describe.each(MASK_RULES.map((rule) => [rule.id, rule] as const))('rule %s', (id, rule) => {
  it.each(rule.examples)('masks what is enclosed, and no more: %s', (example) => {
    const expected = example.replace(/⟦[^⟧]*⟧/g, `[${id}]`);
    expect(maskedByTable(unmarked(example), rule)).toBe(expected);
  });

  it.each(rule.examples)('leaves nothing of it when the whole table runs: %s', (example) => {
    const masked = createMasker({ personalData: EVERYTHING }).mask(unmarked(example));
    for (const [, value] of example.matchAll(/⟦([^⟧]*)⟧/g)) expect(masked).not.toContain(value);
  });

  it.each(rule.counterExamples)('leaves alone: %s', (text) => {
    expect(maskedByTable(text, rule)).toBe(text);
  });

  it('gives a reason, an example and a counter-example', () => {
    expect(rule.reason.length).toBeGreaterThan(20);
    expect(rule.examples.length).toBeGreaterThan(0);
    expect(rule.counterExamples.length).toBeGreaterThan(0);
    expect(rule.keywords.length + (rule.shape === undefined ? 0 : 1)).toBeGreaterThan(0);
  });
});

it('no two rules share an id', () => {
  expect(new Set(MASK_RULES.map((rule) => rule.id)).size).toBe(MASK_RULES.length);
});
