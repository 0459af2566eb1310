import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GramCollector, gramRowsOf } from './grams.ts';

/** The rule of FORMAT.md, written a second time as plainly as can be. */
function rowsByRule(text: string): Set<number> {
  const lowered = [...Buffer.from(text)].map((byte) =>
    byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
  );
  const isNumber = (gram: readonly number[]) => {
    const word = String.fromCharCode(...gram);
    return /^[0-9a-f]+$/.test(word) && /[0-9]/.test(word);
  };
  const K = 0x9e3779b1n;
  const rowOf = (hash: bigint) => Number((hash & 0xffffffffn) >> 15n);
  const rows = new Set<number>();
  for (let at = 0; at + 3 <= lowered.length; at++) {
    const gram = lowered.slice(at, at + 3);
    const [a, b, c] = gram.map(BigInt) as [bigint, bigint, bigint];
    if (!isNumber(gram)) rows.add(rowOf((a * 65536n + b * 256n + c) * 256n * K));
  }
  for (let at = 0; at + 5 <= lowered.length; at++) {
    const gram = lowered.slice(at, at + 5);
    const [a, b, c, d, e] = gram.map(BigInt) as [bigint, bigint, bigint, bigint, bigint];
    const four = b * 2n ** 24n + c * 65536n + d * 256n + e;
    if (isNumber(gram)) rows.add(rowOf((four * K) ^ (a * 0x85ebca6bn)));
  }
  return rows;
}

function rowsOfBits(bits: Uint8Array): Set<number> {
  const rows = new Set<number>();
  for (const [at, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) rows.add(at * 8 + bit);
  }
  return rows;
}

const TEXT = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abcdef0123456789ABCFxyz -:ü"'), maxLength: 60 }),
  fc.uuid(),
);

test('the rows of a text are those of the rule', () => {
  fc.assert(
    fc.property(TEXT, (text) => {
      expect(new Set(gramRowsOf(Buffer.from(text)))).toEqual(rowsByRule(text));
    }),
  );
});

test('a block has the grams of all its lines and no others, whatever ends they share', () => {
  const collector = new GramCollector();
  fc.assert(
    fc.property(fc.array(TEXT, { maxLength: 8 }), TEXT, (texts, ending) => {
      const lines = texts.map((text) => text + ending);
      const block = Buffer.from(lines.join('\n'));
      let at = 0;
      for (const line of lines) {
        const end = at + Buffer.byteLength(line);
        collector.add(block, at, end);
        at = end + 1;
      }
      const wanted = new Set(lines.flatMap((line) => [...rowsByRule(line)]));
      expect(rowsOfBits(collector.take())).toEqual(wanted);
    }),
  );
});

test('whatever contains a text has all its grams', () => {
  fc.assert(
    fc.property(TEXT, TEXT, TEXT, (before, text, behind) => {
      const all = rowsByRule(
        before + text.replace(/[a-z]/g, (letter) => letter.toUpperCase()) + behind,
      );
      for (const row of gramRowsOf(Buffer.from(text))) expect(all.has(row)).toBe(true);
    }),
  );
});

test('the rarer grams come first', () => {
  const rows = gramRowsOf(Buffer.from('id 12345'));
  expect(rows[0]).toBe(gramRowsOf(Buffer.from('12345'))[0]);
  expect(gramRowsOf(Buffer.from('1234'))).toEqual([]);
  expect(gramRowsOf(Buffer.from('ab'))).toEqual([]);
});
