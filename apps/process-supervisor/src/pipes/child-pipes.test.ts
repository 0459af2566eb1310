import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { Child } from './child.ts';
import { StartRefusal } from './child-environment.ts';
import { ChildPipes } from './child-pipes.ts';
import { ChildrenFile } from './children-file.ts';
import { listPids, readEnvironment } from './proc.ts';

const SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin';
const nobody = { onStdout: () => undefined, onStderr: () => undefined };

function openPlace() {
  const dir = mkdtempSync(join(tmpdir(), 'mcplog-pipes-'));
  const childrenPath = join(dir, 'children.json');
  const pipes = { dir: join(dir, 'pipes'), instanceId: 'i1', run: 4 };
  const keepers = () =>
    listPids().filter((pid) =>
      readEnvironment(pid).some((line) => line.startsWith(`MCPLOG_KEEPER_OF=${dir}`)),
    );
  const files = () => (existsSync(pipes.dir) ? readdirSync(pipes.dir) : []);
  return { childrenPath, pipes, keepers, files };
}

/** A process that prints into pipes of its own and is killed before it could read them. */
async function killBeforeReading({ childrenPath, pipes }: ReturnType<typeof openPlace>, add = '') {
  const urlOf = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    import { writeSync } from 'node:fs';
    const { ChildPipes } = await import(${urlOf('child-pipes.ts')});
    const { ChildrenFile } = await import(${urlOf('children-file.ts')});
    const children = new ChildrenFile(${JSON.stringify(childrenPath)});
    const { keeper, writeEnds } =
      await ChildPipes.open(${JSON.stringify(pipes)}, ${JSON.stringify(SEARCH_PATH)});
    ${add}
    writeSync(writeEnds[0], 'to stdout\\n');
    writeSync(writeEnds[1], 'x'.repeat(60_000) + 'half a li');
    process.kill(process.pid, 'SIGKILL');`;
  const args = ['--input-type=module', '-e', script];
  const killed = promisify(execFile)(process.execPath, args);
  await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
}

test('what nobody had read outlives two deaths and is gone once it is settled', async () => {
  const place = openPlace();
  const row = `{ instanceId: 'i1', run: 4, pid: process.pid, keeper }`;
  await killBeforeReading(place, `children.add(${row});`);
  expect(place.keepers()).toHaveLength(1);
  new ChildrenFile(place.childrenPath).endLeftovers();
  const children = new ChildrenFile(place.childrenPath);
  const [leftover, ...others] = children.endLeftovers();
  if (leftover === undefined) throw new Error('the leftover is not told');
  expect([leftover.instanceId, leftover.run, others.length]).toEqual(['i1', 4, 0]);
  const unread = children.takeUnread(leftover);
  expect(unread.stdout.toString()).toBe('to stdout\n');
  expect(unread.stderr.toString()).toBe(`${'x'.repeat(60_000)}half a li`);
  children.settle(leftover);
  expect(place.files()).toEqual([]);
  await eventually(() => place.keepers().length === 0);
  expect(new ChildrenFile(place.childrenPath).endLeftovers()).toEqual([]);
});

test('pipes that no row tells of are removed together with their keeper', async () => {
  const place = openPlace();
  await killBeforeReading(place);
  expect([place.keepers().length, place.files().length]).toEqual([1, 2]);
  expect(new ChildrenFile(place.childrenPath).endLeftovers()).toEqual([]);
  expect(place.files()).toEqual([]);
  await eventually(() => place.keepers().length === 0);
});

test('without mkfifo or sleep the refusal names the program, and nothing is left', async () => {
  const { pipes, files } = openPlace();
  const bin = mkdtempSync(join(tmpdir(), 'mcplog-bin-'));
  const open = () => ChildPipes.open(pipes, bin);
  await expect(open()).rejects.toThrow(StartRefusal);
  await expect(open()).rejects.toThrow(/there is no program mkfifo/);
  const mkfifo = execFileSync('sh', ['-c', 'command -v mkfifo'], { encoding: 'utf8' }).trim();
  symlinkSync(mkfifo, join(bin, 'mkfifo'));
  await expect(open()).rejects.toThrow(/there is no program sleep/);
  expect(files()).toEqual([]);
});

test('a program that cannot be started leaves neither pipes nor a keeper', async () => {
  const { pipes, files, keepers } = openPlace();
  const command = { args: [], env: { PATH: SEARCH_PATH }, home: tmpdir(), pipes };
  const starting = Child.start({ command: 'no-such-program-4711', ...command }, nobody);
  await expect(starting).rejects.toThrow('no-such-program-4711 cannot be started');
  expect(files()).toEqual([]);
  await eventually(() => keepers().length === 0);
});

test('a child is read to its last byte, and leaves neither pipes nor a keeper', async () => {
  const { pipes, files, keepers } = openPlace();
  const command = { command: 'sh', env: { PATH: SEARCH_PATH }, home: tmpdir(), pipes };
  const args = ['-c', 'head -c 500000 /dev/zero; echo the end >&2'];
  const read = { stdout: 0, stderr: '' };
  const child = await Child.start(
    { ...command, args },
    {
      onStdout: (chunk) => {
        read.stdout += chunk.length;
      },
      onStderr: (chunk) => {
        read.stderr += chunk;
      },
    },
  );
  expect(await child.exited).toEqual({ code: 0, signal: null, orphans: 0 });
  expect(read).toEqual({ stdout: 500_000, stderr: 'the end\n' });
  expect(files()).toEqual([]);
  await eventually(() => keepers().length === 0);
});
