import { expect, test } from 'vitest';
import { UnmaskableNotice } from './unmaskable-notice.ts';

function start() {
  const told: number[] = [];
  const timers: (() => void)[] = [];
  const clock = {
    wallMs: () => 0,
    steadyMs: () => 0,
    schedule: (task: () => void) => {
      timers.push(task);
      return () => timers.splice(timers.indexOf(task), 1);
    },
  };
  const notice = new UnmaskableNotice((count) => told.push(count), clock);
  return { notice, told, pass: () => timers.shift()?.(), timers };
}

test('the first text is told at once, the others of the minute together', () => {
  const { notice, told, pass } = start();
  notice.note(0);
  expect(told).toEqual([]);
  for (const total of [1, 2, 3, 7]) notice.note(total);
  expect(told).toEqual([1]);
  pass();
  expect(told).toEqual([1, 6]);
  pass();
  notice.note(8);
  expect(told).toEqual([1, 6, 1]);
});

test('the end tells the rest and leaves no timer', () => {
  const { notice, told, timers } = start();
  notice.note(2);
  notice.note(5);
  notice.end();
  notice.end();
  expect(told).toEqual([2, 3]);
  expect(timers).toEqual([]);
});
