import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type BusRefusal, BusRefusals, refusalIn } from './bus-refusals.ts';

const LOGIN =
  '[7] 2026/11/23 16:42:54.755032 [ERR] 127.0.0.1:60552 - cid:4 - authentication error - User ""';
const PUBLISH =
  '[7] 2026/11/23 16:42:54.759498 [ERR] 127.0.0.1:60558 - cid:5 - Publish Violation - Nkey "U", Subject "x"';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('lines of nats-server about refused logins and subjects are recognised, others are not', () => {
  expect(refusalIn(LOGIN)?.event).toBe('bus_login_refused');
  expect(refusalIn(PUBLISH)?.event).toBe('bus_subject_refused');
  expect(refusalIn('[7] 2026/11/23 16:42:38 [INF] authentication error is no error here')).toBe(
    undefined,
  );
});

test('the first refusal is told at once, a flood of them in one entry per ten seconds', () => {
  const told: BusRefusal[] = [];
  const refusals = new BusRefusals((refusal) => told.push(refusal));
  for (let n = 0; n < 500; n++) refusals.take(LOGIN);
  refusals.take(PUBLISH);
  expect(told.map(({ event, count }) => [event, count])).toEqual([
    ['bus_login_refused', 1],
    ['bus_subject_refused', 1],
  ]);
  vi.advanceTimersByTime(10_000);
  expect(told.slice(2).map(({ event, count }) => [event, count])).toEqual([
    ['bus_login_refused', 499],
  ]);
  vi.advanceTimersByTime(60_000);
  expect(told).toHaveLength(3);
});

test('what waits to be told is told when it is closed', () => {
  const told: BusRefusal[] = [];
  const refusals = new BusRefusals((refusal) => told.push(refusal));
  refusals.take(LOGIN);
  refusals.take(LOGIN);
  refusals.close();
  expect(told.map(({ count }) => count)).toEqual([1, 1]);
});
