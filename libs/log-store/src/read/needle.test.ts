import fc from 'fast-check';
import { expect, test } from 'vitest';
import { needleFor, plainRunsOf } from './needle.ts';

const LETTERS = fc.constantFrom('a', 'b', 'A', 'B', '1', '-', 'ä', '"');
const run = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-'), minLength: 1, maxLength: 5 });
const runs = fc.uniqueArray(run, { minLength: 1, maxLength: 3 });

test('a needle stands at the first place where one of the texts is, whatever its case', () => {
  const texts = fc.string({ unit: LETTERS, maxLength: 60 });
  fc.assert(
    fc.property(texts, runs, fc.array(fc.nat(60), { maxLength: 5 }), (text, wanted, places) => {
      const bytes = Buffer.from(text);
      const folded = bytes.toString('latin1').toLowerCase();
      const needle = needleFor([wanted]);
      for (const from of places) {
        const found = wanted.map((each) => folded.indexOf(each, from)).filter((at) => at >= 0);
        const first = found.length === 0 ? -1 : Math.min(...found);
        expect(needle?.find(bytes, from)).toBe(first);
      }
    }),
    { numRuns: 2000 },
  );
});

test('stretches that JSON never escapes and that have no case outside ASCII are sought', () => {
  expect(needleFor([['ab'], ['größe "quoted"']])?.runs).toEqual(['quoted']);
  expect(needleFor([['a\\bcd\n']])?.runs).toEqual(['bcd']);
  expect(needleFor([['日本"'], ['']])).toBeUndefined();
  expect(needleFor([])).toBeUndefined();
});

test('of a set each member must have a stretch, and long ones are preferred to many', () => {
  expect(
    plainRunsOf([
      ['error', '日本'],
      ['fatal', 'é panic'],
    ]),
  ).toEqual([['fatal', ' panic']]);
  expect(needleFor([['a', 'b'], ['timeout']])?.runs).toEqual(['timeout']);
  const many = Array.from({ length: 9 }, (_, at) => `word${at}`);
  expect(needleFor([many, ['x']])?.runs).toEqual(['x']);
});

test('only letters that have a relative outside ASCII ask about it', () => {
  const kelvin = Buffer.from('273 \u212a');
  expect(needleFor([['k']])?.hasAlias(kelvin)).toBe(true);
  expect(needleFor([['s']])?.hasAlias(kelvin)).toBe(false);
  expect(needleFor([['x', 's']])?.hasAlias(Buffer.from('ſ'))).toBe(true);
  expect(needleFor([['i']])?.hasAlias(Buffer.from('İ'))).toBe(true);
});
