import { expect, it } from 'vitest';
import { backoff, pause } from './backoff.ts';

it('the ceiling grows by the factor up to the maximum and starts small after a success', () => {
  const waits = backoff({ minMs: 100, maxMs: 1000, factor: 3, random: () => 0.999_999 });
  expect([waits.nextMs(), waits.nextMs(), waits.nextMs(), waits.nextMs()]).toEqual([
    100, 300, 900, 1000,
  ]);
  waits.reset();
  expect(waits.nextMs()).toBe(100);
});

it('jitter covers the whole range below the ceiling', () => {
  expect(backoff({ minMs: 100, maxMs: 1000, random: () => 0 }).nextMs()).toBe(0);
});

it('a pause tells whether the time went by or the signal ended it', async () => {
  const abort = new AbortController();
  expect(await pause(1, abort.signal)).toBe(true);
  const long = pause(3_600_000, abort.signal);
  abort.abort();
  expect(await long).toBe(false);
  expect(await pause(3_600_000, abort.signal)).toBe(false);
});
