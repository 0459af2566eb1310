import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeEntry,
  type LogEntry,
  makeSeq,
  nOfSeq,
  parseEntry,
  runOfSeq,
  seqOfLine,
} from './index.ts';

const entry: LogEntry = {
  timestamp: '2026-11-23T12:00:00.000Z',
  level: 'info',
  message: 'hello "metadata":{"seq":7} world',
  metadata: { type: 'stdout', service: 'everything', seq: makeSeq(3, 9) },
};

test('an encoded entry has its seq first in the metadata', () => {
  expect(encodeEntry(entry)).toContain(`"metadata":{"seq":${3 * 2 ** 32 + 9},"type"`);
});

test('the seq of a line is found although the message quotes one', () => {
  expect(seqOfLine(encodeEntry(entry))).toBe(makeSeq(3, 9));
});

test('any message survives a round trip on one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (message) => {
      const line = encodeEntry({ ...entry, message });
      expect(line).not.toContain('\n');
      expect(parseEntry(line)).toEqual({ ...entry, message });
    }),
  );
});

test('a torn or foreign line is not an entry', () => {
  const line = encodeEntry(entry);
  for (let end = 0; end < line.length; end++)
    expect(parseEntry(line.slice(0, end))).toBeUndefined();
  expect(parseEntry('{"level":"info"}')).toBeUndefined();
});

test('seq joins and splits without loss at its edges', () => {
  for (const [run, n] of [
    [1, 1],
    [2 ** 21 - 1, 2 ** 32 - 1],
  ] as const) {
    expect([runOfSeq(makeSeq(run, n)), nOfSeq(makeSeq(run, n))]).toEqual([run, n]);
  }
  expect(() => makeSeq(0, 1)).toThrow(RangeError);
  expect(() => makeSeq(1, 2 ** 32)).toThrow(RangeError);
});
