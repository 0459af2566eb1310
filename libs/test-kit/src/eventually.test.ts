import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';

test('resolves to the first answer that is neither empty nor an error', async () => {
  const answers = [undefined, false, null, 0, 1];
  expect(await eventually(() => answers.shift(), { intervalMs: 1 })).toBe(0);
});

test('a check that keeps failing is reported with its last error', async () => {
  let round = 0;
  const failing = eventually(
    () => {
      round += 1;
      throw new Error(`round ${round}`);
    },
    { timeoutMs: 20, intervalMs: 5 },
  );
  await expect(failing).rejects.toThrow(/^not within 20 ms: round \d+$/);
  expect(round).toBeGreaterThan(1);
});

test('a condition that stays false is reported as such', async () => {
  await expect(eventually(() => false, { timeoutMs: 5 })).rejects.toThrow(
    'not within 5 ms: the check answered false',
  );
});
