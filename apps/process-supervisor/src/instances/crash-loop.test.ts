import { expect, test } from 'vitest';
import { CrashLoop } from './crash-loop.ts';

test('five ends within a minute are told once, until it is cleared', () => {
  const loop = new CrashLoop();
  const told = [0, 1, 2, 3, 4, 5, 6].map((second) => loop.note(second * 1_000));
  expect(told).toEqual([false, false, false, false, true, false, false]);
  loop.clear();
  expect(loop.note(7_000)).toBe(false);
});

test('ends that lie further apart are no loop', () => {
  const loop = new CrashLoop();
  expect([0, 20, 40, 60, 80, 100].some((second) => loop.note(second * 1_000))).toBe(false);
});
