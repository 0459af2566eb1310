import fc from 'fast-check';
import { expect, test } from 'vitest';
import { needleFor } from './needle.ts';

const LETTERS = fc.constantFrom('a', 'b', 'A', 'B', '1', '-', 'ä', '"');
const run = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-'), minLength: 1, maxLength: 5 });

test('a needle stands at the first place where the text is, whatever its case', () => {
  const texts = fc.string({ unit: LETTERS, maxLength: 60 });
  fc.assert(
    fc.property(texts, run, fc.nat(10), (text, wanted, from) => {
      const bytes = Buffer.from(text);
      const place = bytes.toString('latin1').toLowerCase().indexOf(wanted, from);
      expect(needleFor([wanted])?.find(bytes, from)).toBe(place);
    }),
    { numRuns: 2000 },
  );
});

test('the longest stretch that JSON never escapes and that has no case outside ASCII is sought', () => {
  expect(needleFor(['ab', 'größe "quoted"'])?.run).toBe('quoted');
  expect(needleFor(['a\\bcd\n'])?.run).toBe('bcd');
  expect(needleFor(['日本"', ''])).toBeUndefined();
  expect(needleFor([])).toBeUndefined();
});

test('only letters that have a relative outside ASCII ask about it', () => {
  const kelvin = Buffer.from('273 \u212a');
  expect(needleFor(['k'])?.hasAlias(kelvin)).toBe(true);
  expect(needleFor(['s'])?.hasAlias(kelvin)).toBe(false);
  expect(needleFor(['s'])?.hasAlias(Buffer.from('ſ'))).toBe(true);
  expect(needleFor(['i'])?.hasAlias(Buffer.from('İ'))).toBe(true);
});
