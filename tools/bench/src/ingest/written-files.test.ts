import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { LAST_LINE } from './line-files.ts';
import { countLines, untilLastLine } from './written-files.ts';

test('lines are counted over folders, chunks and entries, what the product said of itself left out', async () => {
  await withTempDir(async (dir) => {
    const own = '{"type":"system"}\n';
    const big = `${'x'.repeat(99)}\n`.repeat(100_000);
    writeFileSync(join(dir, 'app.log'), `${own}${big}${own}`);
    writeFileSync(join(dir, 'error.log'), 'one\ntwo\ncut');
    writeFileSync(join(dir, 'access.log'), '{"message":"two\\nlines","lines":2}\n');
    writeFileSync(join(dir, 'notes.txt'), 'no log\n');
    const once = { 'access.log': 2, 'app.log': 100_000, 'error.log': 2 };
    expect(countLines([dir], '"type":"system"')).toEqual(once);
    expect(countLines([dir, dir])).toMatchObject({ 'app.log': 200_004, 'error.log': 4 });
  });
});

test('a file is complete when its last line is there, not before', async () => {
  await withTempDir(async (dir) => {
    const path = join(dir, 'app.log');
    await expect(untilLastLine(path, { timeoutMs: 20 })).rejects.toThrow(
      'has no last line (0 bytes)',
    );
    const complete = untilLastLine(path, { timeoutMs: 10_000 }).then(() => 'complete');
    appendFileSync(path, 'first\n');
    appendFileSync(path, `{"message":"${LAST_LINE}"}\n`);
    expect(await complete).toBe('complete');
  });
});

test('a file that will never be complete is not waited for', async () => {
  await withTempDir(async (dir) => {
    const lookWhenStill = () => {
      throw new Error('its writer has ended');
    };
    const waiting = { timeoutMs: 600_000, lookWhenStill };
    await expect(untilLastLine(join(dir, 'app.log'), waiting)).rejects.toThrow('has ended');
  });
});
