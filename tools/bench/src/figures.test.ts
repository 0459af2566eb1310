import { expect, test } from 'vitest';
import { inMs, median, medianByKey, significant, sum, withCommas } from './figures.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([9])).toBe(9);
  expect(median([10, 9, 100])).toBe(10);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});

test('the median leaves its input as it was', () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toEqual([3, 1, 2]);
});

test('medians by key are taken for each key alone', () => {
  expect(
    medianByKey([
      { nats: 1, writer: 30 },
      { nats: 3, writer: 10 },
      { nats: 2, writer: 20 },
    ]),
  ).toEqual({ nats: 2, writer: 20 });
  expect(medianByKey([])).toEqual({});
});

test('figures are shown with the digits that matter', () => {
  expect([significant(0.123456), significant(123456, 2)]).toEqual([0.123, 120000]);
  expect([withCommas(1234567.4), withCommas(12)]).toEqual(['1,234,567', '12']);
  expect([0.4219, 3.14, 250.4, 1234].map(inMs)).toEqual(['0.42', '3.1', '250', '1,234']);
  expect(sum([1, 2, 3.5])).toBe(6.5);
});
