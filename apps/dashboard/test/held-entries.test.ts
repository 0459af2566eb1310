import type { LogEntry } from '@mcplog/log-entry';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogBuffer } from '../web/src/logs/log-buffer.ts';

const entry = (seq: number): LogEntry => ({
  timestamp: '2026-11-23T12:00:00.000Z',
  level: 'info',
  message: `m${seq}`,
  metadata: { seq, type: 'stdout', service: 'memory' },
});
const seqsOf = (buffer: LogBuffer) =>
  Array.from({ length: buffer.size }, (_, index) => buffer.at(index)?.metadata.seq);

test('older and newer entries join without doubles, in order', () => {
  const buffer = new LogBuffer();
  expect(buffer.addNewer([entry(10), entry(11)])).toBe(2);
  expect(buffer.addOlder([entry(11), entry(10), entry(9), entry(8)])).toBe(2);
  expect(buffer.addNewer([entry(11), entry(12)])).toBe(1);
  expect(seqsOf(buffer)).toEqual([8, 9, 10, 11, 12]);
});

test('a batch that repeats itself is taken once', () => {
  const buffer = new LogBuffer();
  buffer.addNewer([entry(1), entry(2), entry(2), entry(1), entry(3)]);
  expect(seqsOf(buffer)).toEqual([1, 2, 3]);
});

test('any mix of adding and dropping leaves exactly the wanted entries', () => {
  const step = fc.record({ kind: fc.constantFrom('older', 'newer', 'drop'), by: fc.nat(30) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const buffer = new LogBuffer();
      buffer.addNewer([entry(10_000)]);
      let [first, last] = [10_000, 10_000];
      for (const { kind, by } of steps) {
        if (kind === 'newer') {
          buffer.addNewer(Array.from({ length: by }, (_, i) => entry(last + 1 + i)));
          last += by;
        } else if (kind === 'older') {
          buffer.addOlder(Array.from({ length: by }, (_, i) => entry(first - 1 - i)));
          first -= by;
        } else {
          const to = Math.min(first + by, last);
          expect(buffer.dropBefore(to)).toBe(to - first);
          first = to;
        }
      }
      expect(seqsOf(buffer)).toEqual(Array.from({ length: last - first + 1 }, (_, i) => first + i));
      expect(buffer.indexOfSeq(last)).toBe(last - first);
    }),
  );
});
