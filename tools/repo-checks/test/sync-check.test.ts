import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const run = promisify(execFile);

test('the command lists problems of files git knows, leaves ignored ones, and ends with 1', async () => {
  const root = await makeTempDir('sync-check');
  await run('git', ['init', '-q'], { cwd: root });
  await mkdir(join(root, 'libs', 'helpers'), { recursive: true });
  await mkdir(join(root, 'dist', 'common'), { recursive: true });
  await writeFile(join(root, '.gitignore'), 'dist/\n');
  await writeFile(join(root, 'libs', 'helpers', 'package.json'), '{}');
  await writeFile(join(root, 'dist', 'common', 'x.js'), '');
  const ended = await run(process.execPath, [MAIN], { cwd: root }).catch((error) => error);
  expect(ended.code).toBe(1);
  expect(ended.stdout.trim().split('\n')).toEqual([
    'sync-check: problem: docs/errors.md is missing',
    'sync-check: problem: libs/helpers/README.md is missing',
    'sync-check: problem: libs/helpers: name it after what it contains',
    'sync-check: note: docs/features.md does not exist yet: features not checked',
    'sync-check: 2 files, 3 problems',
  ]);
});
