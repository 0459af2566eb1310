import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChildProgram, eventually, isAlive, startProgram } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { freshClone, put } from './fresh-clone.ts';

const start = (root: string, ...args: string[]) =>
  startProgram(process.execPath, {
    args: [join(root, 'tools/setup/src/start.mjs'), ...args],
    cwd: root,
  });

/** What setup said in a start that ends by itself. */
async function steps(root: string): Promise<string[]> {
  const program = await start(root, '--end');
  expect((await program.exited).code).toBe(0);
  return program
    .output()
    .split('\n')
    .filter((line) => line.startsWith('mcplog: '));
}

async function launchedPid(program: ChildProgram): Promise<number> {
  const line = await eventually(() => /launched (\d+)/.exec(program.output()));
  return Number(line[1]);
}

const INSTALLING = 'mcplog: installing the packages of package-lock.json (npm ci) …';
const BUILDING = 'mcplog: building the dashboard …';

test('a fresh clone is installed and built once, and again only for what changed', async () => {
  const root = await freshClone();
  expect(await steps(root)).toEqual([INSTALLING, BUILDING]);
  expect(await steps(root)).toEqual([]);
  await put(root, 'apps/dashboard/web/main.tsx', 'second version');
  expect(await steps(root)).toEqual([BUILDING]);
  expect(await readFile(join(root, 'apps/dashboard/dist/index.html'), 'utf8')).toBe('built built ');
  await put(root, 'node_modules/.package-lock.json', '{"packages":{}}');
  expect(await steps(root)).toEqual([INSTALLING]);
});

test('packages that cannot be installed end the start with an instruction', async () => {
  const root = await freshClone();
  await put(root, 'package-lock.json', '{"lockfileVersion":3,"packages":{"node_modules/x":{}}}');
  const program = await start(root);
  expect((await program.exited).code).toBe(1);
  const said = program.output();
  expect(said).toMatch(/mcplog: npm ci failed, see above\. Check the network/);
  expect(said).not.toContain('launched');
});

test('the launcher gets the arguments and one SIGTERM, and its exit status is returned', async () => {
  const root = await freshClone();
  const program = await start(root, '--port', '7080', '--no-demo');
  await launchedPid(program);
  expect(program.output()).toContain('["--port","7080","--no-demo"]');
  program.child.kill('SIGTERM');
  program.child.kill('SIGTERM');
  expect((await program.exited).code).toBe(3);
  expect(program.output().match(/got SIGTERM/g)).toHaveLength(1);
});

test('a start that is killed outright takes the product with it', async () => {
  const root = await freshClone();
  const program = await start(root);
  const pid = await launchedPid(program);
  await program.end('SIGKILL');
  await eventually(() => !isAlive(pid));
  expect(program.output()).toContain('got SIGTERM');
});
