import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { LAST_LINE } from './line-files.ts';
import { countLines, untilLastLine } from './written-files.ts';

test('lines are counted over folders and chunks, what the product said of itself left out', async () => {
  await withTempDir(async (dir) => {
    const own = '{"type":"system"}\n';
    const big = `${'x'.repeat(99)}\n`.repeat(100_000);
    writeFileSync(join(dir, 'app.log'), `${own}${big}${own}`);
    writeFileSync(join(dir, 'error.log'), 'one\ntwo\ncut');
    writeFileSync(join(dir, 'notes.txt'), 'no log\n');
    expect(countLines([dir], '"type":"system"')).toEqual({ 'app.log': 100_000, 'error.log': 2 });
    expect(countLines([dir, dir])).toEqual({ 'app.log': 200_004, 'error.log': 4 });
  });
});

test('a file is complete when its last line is there, not before', async () => {
  await withTempDir(async (dir) => {
    const path = join(dir, 'app.log');
    await expect(untilLastLine(path, 20)).rejects.toThrow('has no last line (0 bytes)');
    const complete = untilLastLine(path, 10_000).then(() => 'complete');
    appendFileSync(path, 'first\n');
    appendFileSync(path, `{"message":"${LAST_LINE}"}\n`);
    expect(await complete).toBe('complete');
  });
});
