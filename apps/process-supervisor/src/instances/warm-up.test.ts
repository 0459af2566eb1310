import { expect, test, vi } from 'vitest';
import { warmUp } from './warm-up.ts';

test('it takes ordinary lines the short way and the long one, and lets others have their turn', async () => {
  const { SectionEncoder } = await import('@mcplog/protocol');
  const one = vi.spyOn(SectionEncoder.prototype, 'append');
  const many = vi.spyOn(SectionEncoder.prototype, 'appendLines');
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await warmUp();
  clearInterval(timer);
  expect(one.mock.calls.length).toBeGreaterThan(1_000);
  expect(many.mock.calls.length).toBeGreaterThan(10);
  expect(one.mock.calls.some(([{ message }]) => message.includes('[masked:'))).toBe(true);
  expect(turns).toBeGreaterThan(3);
  vi.restoreAllMocks();
});
