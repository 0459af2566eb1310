import { describe, expect, it } from 'vitest';
import { MASK_RULES, type MaskRule } from '../src/index.ts';
import { VALUE_PATTERNS } from '../src/plausible.ts';
import { KEY_BODY } from '../src/private-key.ts';
import { readLines } from './labelled-set.ts';
import { stepCounter } from './regex-steps.ts';

/** Looks at a character that one character of text may cost, whatever the text. */
const STEPS_PER_CHARACTER_MAX = 400;
const LENGTH = 1_000;
/** Checks see 1,024 characters of a value at most. */
const VALUE_LENGTH = 400;
const GLUE = ['', '=', ':', ' ', '="', '-', '_', '.', '/'];
const RUNS = ['a', 'A1', 'a.', 'a@', 'a%40', '1-', '1 ', '::', '\\', '"', ' ', '-', '://a:'];

/** Pieces that make many beginnings of the rule's values and no end. */
function hostilePieces({ keywords, examples }: MaskRule): string[] {
  const example = examples[0] ?? '';
  const open = example.indexOf('⟦');
  const value = example.slice(open + 1, example.indexOf('⟧'));
  const words = [...keywords.slice(0, 3), value.slice(0, 4)];
  return [
    ...words.flatMap((word) => GLUE.map((glue) => word + glue)),
    `${example.slice(0, open)}${value.slice(0, -1)}`,
    `${example.slice(0, open)} `,
    ...RUNS,
  ];
}

describe.each(MASK_RULES.map((rule) => [rule.id, rule] as const))('rule %s', (_id, rule) => {
  it('costs the same for each character of a hostile text, however long that is', () => {
    const count = stepCounter(rule.pattern);
    for (const piece of hostilePieces(rule)) {
      const text = piece.repeat(2 * LENGTH);
      const once = count(text.slice(0, LENGTH)).steps;
      const twice = count(text.slice(0, 2 * LENGTH)).steps;
      expect(twice / (2 * LENGTH), piece).toBeLessThan(STEPS_PER_CHARACTER_MAX);
      // Work that grows with the square of the length would be four times as much.
      expect(twice, piece).toBeLessThan(3 * once);
    }
  });
});

describe.each([...VALUE_PATTERNS, KEY_BODY].map((pattern) => [pattern.source, pattern] as const))(
  'the check %s',
  (_source, pattern) => {
    it('costs the same for each character of a hostile value, however long that is', () => {
      const count = stepCounter(pattern);
      for (const piece of [
        ...RUNS,
        'a_',
        '_',
        '$',
        'a-',
        'A.',
        '1,',
        '+',
        '=',
        '*',
        '<',
        '[',
        '{',
      ]) {
        const text = piece.repeat(2 * VALUE_LENGTH);
        const once = count(`${text.slice(0, VALUE_LENGTH)}!`).steps;
        const twice = count(`${text.slice(0, 2 * VALUE_LENGTH)}!`).steps;
        expect(twice / (2 * VALUE_LENGTH), piece).toBeLessThan(STEPS_PER_CHARACTER_MAX);
        expect(twice, piece).toBeLessThan(3 * once + 100);
      }
    });
  },
);

it('the matcher that counts finds what RegExp finds', () => {
  const texts = [
    ...MASK_RULES.flatMap(({ examples, counterExamples }) => [...examples, ...counterExamples]),
    ...readLines('harmless'),
  ].map((text) => text.replace(/[⟦⟧]/g, ''));
  for (const { id, pattern } of MASK_RULES) {
    const count = stepCounter(pattern);
    const found = texts.map((text) => [...text.matchAll(pattern)].length);
    expect(
      texts.map((text) => count(text).matches),
      id,
    ).toEqual(found);
  }
});

it('the matcher that counts sees the work of an expression that is not linear', () => {
  const count = stepCounter(/(?:a+)+b/);
  const steps = (length: number): number => count('a'.repeat(length)).steps;
  expect(steps(16)).toBeGreaterThan(100 * steps(8));
});
