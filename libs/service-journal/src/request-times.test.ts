import { expect, test } from 'vitest';
import { RequestTimes } from './request-times.ts';

test('percentiles are by nearest rank and a taken minute is empty afterwards', () => {
  const times = new RequestTimes();
  for (let ms = 1; ms <= 100; ms++) times.add('/a', ms, ms === 100 ? 503 : 200);
  times.add('/b', 500, 200);
  expect(times.take()).toEqual([
    { route: '/b', count: 1, errors: 0, p50: 500, p95: 500, p99: 500, max: 500 },
    { route: '/a', count: 100, errors: 1, p50: 50, p95: 95, p99: 99, max: 100 },
  ]);
  expect(times.take()).toEqual([]);
});
