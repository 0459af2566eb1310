import { readFileSync } from 'node:fs';
import { withTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { LAST_LINE, ordinaryLines, writeLineFiles } from './line-files.ts';

test('lines are of about 75 bytes, end with the last line and are the same each time', () => {
  const lines = [...ordinaryLines(5_000, 1)];
  expect(lines).toHaveLength(5_000);
  expect(lines.indexOf(LAST_LINE)).toBe(4_999);
  const bytes = lines.join('\n').length / lines.length;
  expect(bytes).toBeGreaterThan(65);
  expect(bytes).toBeLessThan(85);
  expect([...ordinaryLines(5_000, 1)]).toEqual(lines);
  expect([...ordinaryLines(5_000, 2)]).not.toEqual(lines);
});

test('lines are shared out over the files, each with its prefix', async () => {
  await withTempDir(async (dir) => {
    const plan = { dir, lines: 10_001, instances: 2, prefix: (at: number) => `<14>${at} ` };
    const texts = writeLineFiles(plan).map((path) => readFileSync(path, 'utf8'));
    expect(texts.map((text) => text.split('\n').length - 1)).toEqual([5_001, 5_000]);
    expect(texts.map((text) => text.split('\n').at(-2))).toEqual([
      `<14>0 ${LAST_LINE}`,
      `<14>1 ${LAST_LINE}`,
    ]);
    expect(
      texts[1]
        ?.split('\n')
        .slice(0, -1)
        .every((line) => line.startsWith('<14>1 ')),
    ).toBe(true);
  });
});
