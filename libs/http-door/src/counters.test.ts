import { expect, it } from 'vitest';
import { memoryCounters } from './counters.ts';

it('counts within a window that begins with the first count and then starts anew', async () => {
  let nowMs = 1_000;
  const counters = memoryCounters(10, () => nowMs);
  expect(await counters.add('a', 100)).toEqual({ current: 1, ttl: 100 });
  nowMs += 60;
  expect(await counters.add('a', 100)).toEqual({ current: 2, ttl: 40 });
  nowMs += 40;
  expect(await counters.add('a', 100)).toEqual({ current: 1, ttl: 100 });
});

it('forgets the window that was begun first when there are too many', async () => {
  const counters = memoryCounters(2);
  for (const key of ['a', 'b', 'b', 'c']) await counters.add(key, 60_000);
  expect((await counters.add('c', 60_000)).current).toBe(2);
  expect((await counters.add('b', 60_000)).current).toBe(3);
  expect((await counters.add('a', 60_000)).current).toBe(1);
});
