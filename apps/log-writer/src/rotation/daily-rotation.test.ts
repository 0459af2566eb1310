import { expect, test } from 'vitest';
import { isDue, lastDueMs } from './daily-rotation.ts';

const at = (text: string) => Date.parse(`${text}Z`);

test('files are due at midnight UTC', () => {
  expect(lastDueMs(at('2025-07-13T00:00:00.000'), 0)).toBe(at('2025-07-13T00:00:00.000'));
  expect(lastDueMs(at('2025-07-13T23:59:59.999'), 0)).toBe(at('2025-07-13T00:00:00.000'));
});

test('at another time of day the due moment is still ahead in the morning', () => {
  const minutes = 3 * 60 + 30;
  expect(lastDueMs(at('2025-07-13T03:29:59.999'), minutes)).toBe(at('2025-07-12T03:30:00.000'));
  expect(lastDueMs(at('2025-07-13T03:30:00.000'), minutes)).toBe(at('2025-07-13T03:30:00.000'));
});

test('a file is due when it began before, or when its stamp lies too far ahead to tell', () => {
  const now = { dueMs: at('2025-07-13T00:00:00.000'), nowMs: at('2025-07-13T12:00:00.000') };
  expect(isDue(at('2025-07-12T23:59:59.999'), now)).toBe(true);
  expect(isDue(at('2025-07-13T00:00:00.000'), now)).toBe(false);
  expect(isDue(at('2025-07-13T12:00:05.000'), now)).toBe(false);
  expect(isDue(at('2099-01-01T00:00:00.000'), now)).toBe(true);
});
