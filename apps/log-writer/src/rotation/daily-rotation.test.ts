import { expect, test } from 'vitest';
import { lastDueMs } from './daily-rotation.ts';

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
