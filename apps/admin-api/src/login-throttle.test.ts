import { expect, it } from 'vitest';
import { LoginThrottle } from './login-throttle.ts';

function throttleAt(options: { keysMax?: number } = {}) {
  const clock = { ms: 0 };
  const throttle = new LoginThrottle({
    freeFailures: 3,
    waitMsMax: 8_000,
    forgetMs: 60_000,
    now: () => clock.ms,
    ...options,
  });
  return { clock, throttle };
}

it('the first failures cost nothing, then each doubles the wait up to the longest', () => {
  const { clock, throttle } = throttleAt();
  const waits = Array.from({ length: 7 }, () => {
    throttle.fail('ann');
    const wait = throttle.waitMs('ann');
    clock.ms += wait;
    return wait;
  });
  expect(waits).toEqual([0, 0, 1_000, 2_000, 4_000, 8_000, 8_000]);
});

it('one key does not slow another', () => {
  const { throttle } = throttleAt();
  for (let i = 0; i < 5; i++) throttle.fail('ann');
  expect(throttle.waitMs('ben')).toBe(0);
});

it('failures are forgotten after a success and after a quiet time', () => {
  const { clock, throttle } = throttleAt();
  for (let i = 0; i < 5; i++) throttle.fail('ann');
  throttle.clear('ann');
  expect(throttle.waitMs('ann')).toBe(0);
  for (let i = 0; i < 3; i++) throttle.fail('ann');
  clock.ms += 60_001;
  throttle.fail('ann');
  expect(throttle.waitMs('ann')).toBe(0);
});

it('a forgiven attempt leaves the earlier failures counted', () => {
  const { throttle } = throttleAt();
  throttle.fail('address');
  throttle.fail('address');
  throttle.fail('address');
  throttle.forgive('address');
  expect(throttle.waitMs('address')).toBe(0);
  throttle.fail('address');
  expect(throttle.waitMs('address')).toBe(1_000);
});

it('keys beyond the limit push out the one that failed longest ago', () => {
  const { throttle } = throttleAt({ keysMax: 2 });
  for (let i = 0; i < 3; i++) throttle.fail('first');
  throttle.fail('second');
  throttle.fail('third');
  expect(throttle.waitMs('first')).toBe(0);
});
