import { expect, test } from 'vitest';
import { nextSegmentName } from './rotate-file.ts';

const log = 'app';

test('the first file of a day has no number, those after it count from 1', () => {
  const day = '2025-07-13';
  const first = nextSegmentName(undefined, { log, day });
  expect(first).toEqual({ log, day, number: 0 });
  const second = nextSegmentName(first, { log, day });
  expect(second).toEqual({ log, day, number: 1 });
  expect(nextSegmentName(second, { log, day })).toEqual({ log, day, number: 2 });
});

test('a new day begins again without a number', () => {
  const newest = { day: '2025-07-13', number: 7 };
  expect(nextSegmentName(newest, { log, day: '2025-07-14' })).toEqual({
    log,
    day: '2025-07-14',
    number: 0,
  });
});

test('a clock that stepped back does not put a file before its predecessor', () => {
  const newest = { day: '2025-07-13', number: 0 };
  expect(nextSegmentName(newest, { log, day: '2025-07-11' })).toEqual({
    log,
    day: '2025-07-13',
    number: 1,
  });
});
