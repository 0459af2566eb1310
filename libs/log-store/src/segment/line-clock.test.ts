import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineClock, TIMESTAMP_AT } from './line-clock.ts';

function read(clock: LineClock, timestamp: string): number | undefined {
  return clock.read(Buffer.from(`{"timestamp":"${timestamp}","level":"info"`), TIMESTAMP_AT);
}

test('whatever moments follow each other, each is read as it was written', () => {
  const moment = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z') });
  fc.assert(
    fc.property(fc.array(moment.filter((date) => !Number.isNaN(date.getTime()))), (dates) => {
      const clock = new LineClock();
      for (const date of dates) expect(read(clock, date.toISOString())).toBe(date.getTime());
    }),
  );
});

test.each([
  '2025-07-13T24:00:00.000Z',
  '2025-07-13T29:00:00.000Z',
  '2025-07-13T15:60:00.000Z',
  '2025-07-13T15-30:00.000Z',
  '2025-02-30T15:30:00.000Z',
  '2025-07-13 15:30:00.000Z',
  '1969-12-31T23:59:59.999Z',
])('%s is no moment, also between two that are', (timestamp) => {
  const clock = new LineClock();
  expect(read(clock, timestamp)).toBeUndefined();
  expect(read(clock, '2025-07-13T15:30:00.123Z')).toBe(Date.UTC(2025, 6, 13, 15, 30, 0, 123));
  expect(read(clock, timestamp)).toBeUndefined();
  expect(read(clock, '2025-07-13T15:31:00.000Z')).toBe(Date.UTC(2025, 6, 13, 15, 31));
});
