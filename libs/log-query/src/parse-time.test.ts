import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTime } from './parse-time.ts';

test('whatever toISOString writes for the years 0 to 9999 is read back', () => {
  const moments = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(moments, (date) => {
      expect(parseTime(date.toISOString())).toBe(date.getTime());
    }),
  );
});

test.each([
  ['2025-07-13', Date.UTC(2025, 6, 13)],
  ['2025-07-13T15:30', Date.UTC(2025, 6, 13, 15, 30)],
  ['2025-07-13 15:30:01', Date.UTC(2025, 6, 13, 15, 30, 1)],
  ['2025-07-13T15:30:01.5Z', Date.UTC(2025, 6, 13, 15, 30, 1, 500)],
  ['2025-07-13T15:30:01.123456789Z', Date.UTC(2025, 6, 13, 15, 30, 1, 123)],
  ['2025-07-13T15:30:00+02:00', Date.UTC(2025, 6, 13, 13, 30)],
  ['2025-07-13T15:30:00-0530', Date.UTC(2025, 6, 13, 21, 0)],
])('%s is a moment', (text, ms) => {
  expect(parseTime(text)).toBe(ms);
});

test.each(['', 'now', '2025', '2025-13-01', '2025-02-29', '2025-07-13T24:00:00Z', '1752417000000'])(
  '%j is none',
  (text) => {
    expect(parseTime(text)).toBeUndefined();
  },
);
