import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Child } from '../instances/child.ts';
import { StartRefusal } from '../instances/child-environment.ts';
import { ChildPipes } from './child-pipes.ts';
import { PipeReading } from './pipe-reading.ts';

const SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin';
const nobody = { onStdout: () => undefined, onStderr: () => undefined, onGap: () => undefined };
const dir = mkdtempSync(join(tmpdir(), 'mcplog-pipes-'));
const pipes = { dir: join(dir, 'pipes'), instanceId: 'i1', run: 4 };
const files = () => (existsSync(pipes.dir) ? readdirSync(pipes.dir) : []);

let reading: PipeReading;

beforeAll(async () => {
  reading = await PipeReading.open(dir);
});

afterAll(() => reading.close());

test('without mkfifo the refusal names the program, and nothing is left', async () => {
  const searchPath = mkdtempSync(join(tmpdir(), 'mcplog-bin-'));
  const opening = ChildPipes.open(pipes, { ...nobody, reading, searchPath });
  await expect(opening).rejects.toThrow(StartRefusal);
  await expect(opening).rejects.toThrow(/there is no program mkfifo/);
  expect(files()).toEqual([]);
});

test('a program that cannot be started leaves no pipes', async () => {
  const command = { args: [], env: { PATH: SEARCH_PATH }, home: tmpdir(), pipes, reading };
  const starting = Child.start({ command: 'no-such-program-4711', ...command }, nobody);
  await expect(starting).rejects.toThrow('no-such-program-4711 cannot be started');
  expect(files()).toEqual([]);
});

test('a child is read to its last byte, and its pipes stay until they are removed', async () => {
  const command = { command: 'sh', env: { PATH: SEARCH_PATH }, home: tmpdir(), pipes, reading };
  const args = ['-c', 'head -c 5000000 /dev/zero; echo the end >&2'];
  const read = { stdout: 0, stderr: '' };
  const acknowledge = () => child.acknowledge({ stdout: read.stdout, stderr: read.stderr.length });
  const child = await Child.start(
    { ...command, args },
    {
      ...nobody,
      onStdout: (chunk) => {
        read.stdout += chunk.length;
        acknowledge();
      },
      onStderr: (chunk) => {
        read.stderr += chunk;
      },
    },
  );
  expect(await child.exited).toEqual({ code: 0, signal: null, orphans: 0 });
  expect(read).toEqual({ stdout: 5_000_000, stderr: 'the end\n' });
  expect(files()).toHaveLength(2);
  child.removePipes();
  expect(files()).toEqual([]);
});
