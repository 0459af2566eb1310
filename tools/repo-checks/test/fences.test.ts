import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeTempDir } from '@mcplog/test-kit';
import { beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BIOME = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const run = promisify(execFile);

let copy = '';

beforeAll(async () => {
  copy = await makeTempDir('fences');
  const kept = ['biome.json', '.gitignore', 'package.json', 'apps/query-api/package.json'];
  for (const file of [...kept, 'apps/log-writer/package.json', 'libs/log-store/package.json']) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(ROOT, file), join(copy, file));
  }
});

/** The text of Biome's complaints about this file; empty when it has none. */
async function complaints(path: string, source: string): Promise<string> {
  const file = join(copy, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, source);
  const lint = run(process.execPath, [BIOME, 'lint', '--colors=off', path], { cwd: copy });
  return lint.then(
    () => '',
    (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
  );
}

const writerImport =
  "import { openLogWriter } from '@mcplog/log-store/writer';\nopenLogWriter();\n";
const lines = (count: number) => `  console.log('one line');\n`.repeat(count);

test.each([
  ['an app imports an app', 'noUndeclaredDependencies', "import '@mcplog/admin-api';\n"],
  [
    'a file reaches into another project',
    'noRestrictedImports',
    "import '../../cli/src/main.ts';\n",
  ],
  ['query-api writes log files', 'noRestrictedImports', writerImport],
  [
    'the environment is read outside settings.ts',
    'noProcessEnv',
    'console.log(process.env.HOME);\n',
  ],
  [
    'a promise is left alone',
    'noFloatingPromises',
    'async function save(): Promise<void> {}\nexport function go(): void {\n  save();\n}\n',
  ],
  [
    'a function is longer than 70 lines',
    'noExcessiveLinesPerFunction',
    `export function long(): void {\n${lines(71)}}\n`,
  ],
  ['a file is longer than 400 lines', 'noExcessiveLinesPerFile', lines(401)],
  [
    'a function has four parameters',
    'useMaxParams',
    'export const f = (a: 1, b: 1, c: 1, d: 1) => [a, b, c, d];\n',
  ],
  ['a type is any', 'noExplicitAny', 'export const x = (y: any) => y;\n'],
  ['a default is exported', 'noDefaultExport', 'export default 1;\n'],
])('lint fails when %s', async (_, rule, source) => {
  const text = await complaints('apps/query-api/src/offender.ts', source);
  expect(text).toContain(rule);
});

test.each([
  ['log-writer writes log files', 'apps/log-writer/src/main.ts', writerImport],
  ['a test writes log files', 'apps/query-api/test/pages.test.ts', writerImport],
  [
    'settings.ts reads the environment',
    'apps/query-api/src/settings.ts',
    'console.log(process.env.HOME);\n',
  ],
  [
    'a function has 60 lines',
    'apps/query-api/src/fine.ts',
    `export function fine(): void {\n${lines(58)}}\n`,
  ],
])('lint allows that %s', async (_, path, source) => {
  expect(await complaints(path, source)).toBe('');
});
