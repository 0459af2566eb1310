import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshClone, linkVitest, put } from './fresh-clone.ts';

const PASSING = "test('passes', () => {});\n";
const FAILING = "test('fails', () => { throw new Error('on purpose'); });\n";
const SKIPPED = "test.skip('is skipped', () => {});\ntest.todo('is to be written');\n";
const LEFT_ALONE =
  "test('forgets', () => { setTimeout(() => { throw new Error('late'); }); return new Promise((r) => setTimeout(r, 50)); });\n";

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly lastLine: string;
}

/** Runs the clone's `npm test` with these test files. */
async function testsOf(files: Record<string, string>, ...args: string[]): Promise<Ended> {
  const root = await freshClone();
  for (const [name, body] of Object.entries(files)) {
    const source = `import { describe, beforeAll, test } from 'vitest';\n${body}`;
    await put(root, `test/${name}.test.ts`, source);
  }
  // Its packages count as installed, so that npm leaves the linked vitest where it is.
  await put(root, 'package-lock.json', '{"packages":{"":{}}}');
  await put(root, 'node_modules/vite/bin/vite.js', "require('node:fs').mkdirSync('dist')");
  await linkVitest(root);
  const { VITEST: _, ...env } = process.env;
  return new Promise((resolve) => {
    const command = [join(root, 'tools/setup/src/test.mjs'), ...args];
    execFile(process.execPath, command, { cwd: root, env }, (error, stdout) => {
      const lastLine = stdout.slice(0, -1).split('\n').at(-1) ?? '';
      resolve({ status: Number(error?.code ?? 0), stdout, lastLine });
    });
  });
}

test('passing tests end with status 0 and their count as the very last line', async () => {
  const { status, stdout } = await testsOf({ one: PASSING, two: PASSING });
  expect(status).toBe(0);
  expect(stdout.endsWith('\n2 passed, 0 failed\n')).toBe(true);
});

test('failed and skipped tests are counted apart', async () => {
  const { status, lastLine } = await testsOf({ one: PASSING + FAILING + SKIPPED });
  expect([status, lastLine]).toEqual([1, '1 passed, 1 failed, 2 skipped']);
});

test('a file that cannot be loaded, a broken hook and an error outside tests count as failed', async () => {
  const unloadable = await testsOf({ one: PASSING, broken: "import './nowhere.ts';\n" });
  expect([unloadable.status, unloadable.lastLine]).toEqual([1, '1 passed, 1 failed']);
  const hook =
    "describe('d', () => { beforeAll(() => { throw new Error('hook'); }); test('t', () => {}); });\n";
  const brokenHook = await testsOf({ one: PASSING, broken: hook });
  expect([brokenHook.status, brokenHook.lastLine]).toEqual([1, '1 passed, 1 failed, 1 skipped']);
  const late = await testsOf({ one: PASSING, late: LEFT_ALONE });
  expect([late.status, late.lastLine]).toEqual([1, '2 passed, 1 failed']);
});

test('arguments select tests, and a selection without tests is no success', async () => {
  const selected = await testsOf({ one: PASSING, two: FAILING }, 'test/one');
  expect([selected.status, selected.lastLine]).toEqual([0, '1 passed, 0 failed']);
  const nothing = await testsOf({ one: PASSING }, 'test/nothing');
  expect(nothing.status).toBe(1);
});

test('a dashboard that cannot be built counts as failed, and the tests run all the same', async () => {
  const root = await freshClone();
  await put(root, 'package-lock.json', '{"packages":{"":{}}}');
  await put(root, 'test/one.test.ts', `import { test } from 'vitest';\n${PASSING}`);
  await rm(join(root, 'stubs'), { recursive: true });
  await linkVitest(root);
  const stdout = await new Promise<string>((resolve) => {
    const command = [join(root, 'tools/setup/src/test.mjs')];
    execFile(process.execPath, command, { cwd: root }, (_, text) => resolve(text));
  });
  expect(stdout.endsWith('\n1 passed, 1 failed\n')).toBe(true);
});
