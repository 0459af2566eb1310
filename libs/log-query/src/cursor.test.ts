import { makeSeq, N_MAX, RUN_MAX, SYSTEM_CATEGORIES } from '@mcplog/log-entry';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, decodeMultiCursor, encodeCursor, encodeMultiCursor } from './cursor.ts';

const seqs = fc.nat({ max: Number.MAX_SAFE_INTEGER });

test('a cursor is read back as the seq it was made from, and needs no escaping in a URL', () => {
  fc.assert(
    fc.property(seqs, (seq) => {
      const cursor = encodeCursor(seq);
      expect(decodeCursor(cursor)).toBe(seq);
      expect(encodeURIComponent(cursor)).toBe(cursor);
    }),
  );
});

test('a cursor over several logs is read back, whatever the order of its names', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z0-9_]{1,12}$/), seqs), (positions) => {
      const cursor = encodeMultiCursor(positions);
      expect(decodeMultiCursor(cursor)).toEqual({ ...positions });
      expect(encodeURIComponent(cursor)).toBe(cursor);
    }),
  );
});

test('a cursor over all system categories stays within the 256 characters of the protocol', () => {
  const farthest = makeSeq(RUN_MAX, N_MAX);
  const cursor = encodeMultiCursor(
    Object.fromEntries(SYSTEM_CATEGORIES.map((category) => [category, farthest])),
  );
  expect(cursor.length).toBeLessThanOrEqual(256);
});

test('text that we did not write is no cursor', () => {
  const good = encodeCursor(makeSeq(3, 7));
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.stringMatching(/^[0-9a-z~.-]$/), (at, letter) => {
      const changed = good.slice(0, at) + letter + good.slice(at + 1);
      fc.pre(changed !== good);
      expect(decodeCursor(changed)).toBeUndefined();
      expect(decodeMultiCursor(changed)).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(decodeCursor(text)).toBeUndefined();
      expect(decodeMultiCursor(text)).toBeUndefined();
    }),
  );
  for (const text of [
    '',
    '0',
    '12',
    `${good} `,
    `0${good}`,
    good.toUpperCase(),
    encodeMultiCursor({ a: 1 }),
  ]) {
    expect(decodeCursor(text)).toBeUndefined();
  }
});
