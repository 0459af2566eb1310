import { type LogEntry, makeSeq } from '@mcplog/log-entry';
import { expect, test } from 'vitest';
import { compareWithLedger, missingInRuns, numbersIn } from './ledger.ts';

const NOTHING = { doubled: [], disordered: [], invented: [], holes: [], tails: [] };

function entry(message: string, seq: number): LogEntry {
  const metadata = { seq, type: 'stderr', service: 'numbered' } as const;
  return { timestamp: '2026-11-23T12:00:00.000Z', level: 'info', message, metadata };
}

test('a log that holds what was written has no findings', () => {
  expect(compareWithLedger([1, 2, 3, 5, 6], [1, 2, 3, 5, 6])).toEqual(NOTHING);
});

test('a line kept twice is doubled, wherever the second one stands', () => {
  expect(compareWithLedger([1, 2, 3], [1, 2, 2, 3]).doubled).toEqual([2]);
  expect(compareWithLedger([1, 2, 3], [1, 2, 3, 1])).toMatchObject({
    doubled: [1],
    disordered: [1],
  });
});

test('a line missing before one that was kept is a hole, at the end of a process it is a tail', () => {
  expect(compareWithLedger([1, 2, 3, 4, 6, 7], [1, 3, 6, 7])).toMatchObject({
    holes: [2],
    tails: [1],
  });
  expect(compareWithLedger([1, 2, 3, 5, 6], [5, 6]).tails).toEqual([3]);
});

test('the line a process was killed in may be kept without being in the ledger, no other', () => {
  expect(compareWithLedger([1, 2, 4], [1, 2, 3, 4])).toEqual(NOTHING);
  expect(compareWithLedger([1, 2], [1, 2, 9]).invented).toEqual([9]);
});

test('numbers are found in padded lines and in entries of several lines, and nowhere else', () => {
  const entries = [entry('line 1....', 1), entry('line 2\nline 3', 2), entry('on line 4', 3)];
  expect(numbersIn([...entries, entry('line 4 at 1795464982825', 4)])).toEqual([1, 2, 3, 4]);
});

test('a missing n is found in each run, the first one too', () => {
  const kept = [makeSeq(1, 1), makeSeq(1, 2), makeSeq(2, 2), makeSeq(2, 4)];
  expect(missingInRuns(kept.map((seq) => entry('x', seq)))).toEqual({ 2: [1, 3] });
});
