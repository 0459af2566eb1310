import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

const SERVICE = fileURLToPath(new URL('./service.ts', import.meta.url));
const PARENT = fileURLToPath(new URL('./parent.ts', import.meta.url));
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

interface RunningService {
  readonly child: ChildProcess;
  readonly messages: () => string[];
  said(text: string): Promise<void>;
  exitCode(): Promise<number | null>;
}

function watch(child: ChildProcess): RunningService {
  started.push(child);
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  const ended = once(child, 'close');
  const messages = () =>
    text.split('\n').flatMap((line) => (line ? [String(JSON.parse(line).msg)] : []));
  const said = async (part: string) => {
    while (!messages().some((message) => message.includes(part))) {
      const more = await Promise.race([
        once(child.stdout ?? child, 'data'),
        ended.then(() => null),
      ]);
      if (!more && !text.includes(part)) throw new Error(`ended without saying ${part}: ${text}`);
    }
  };
  return { child, messages, said, exitCode: async () => (await ended)[0] };
}

function run(behaviour: string): RunningService {
  return watch(spawn(process.execPath, [SERVICE, behaviour], { stdio: 'pipe' }));
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s closes in reverse order and exits 0',
  async (signal) => {
    const service = run('');
    await service.said('is ready');
    service.child.kill(signal);
    expect(await service.exitCode()).toBe(0);
    expect(service.messages().slice(-3)).toEqual(['closed second', 'closed first', 'stopped']);
  },
);

it('a closer that fails does not keep the others open, and the status says so', async () => {
  const service = run('closer-fails');
  await service.said('is ready');
  service.child.kill('SIGTERM');
  expect(await service.exitCode()).toBe(1);
  expect(service.messages()).toContain('closed first');
});

it('a closer that hangs ends with the stop budget, naming what was open', async () => {
  const service = run('closer-hangs');
  await service.said('is ready');
  service.child.kill('SIGTERM');
  expect(await service.exitCode()).toBe(1);
  expect(service.messages()).toContain('not stopped in 300 ms');
});

it('a second signal ends at once', async () => {
  const service = run('closer-hangs');
  await service.said('is ready');
  service.child.kill('SIGTERM');
  await service.said('stopping');
  service.child.kill('SIGTERM');
  expect(await service.exitCode()).toBe(1);
  expect(service.messages().at(-1)).toContain('second SIGTERM');
});

it.each([
  ['start-fails', 'port in use'],
  ['throws-later', 'nobody caught this'],
  ['rejects-later', 'lost'],
])('%s: a fatal line names the error, what was open is closed, status 1', async (how, error) => {
  const service = run(how);
  expect(await service.exitCode()).toBe(1);
  expect(service.messages().join('\n')).toContain(error);
  expect(service.messages()).toContain('closed first');
});

it('tells its parent when it is ready and stops when that parent is killed', async () => {
  const parent = watch(spawn(process.execPath, [PARENT], { stdio: 'pipe' }));
  await parent.said('{"mcplog":"ready","app":"sample"}');
  parent.child.kill('SIGKILL');
  // The service holds the parent's stdout, so this waits for the service as well.
  await parent.exitCode();
  expect(parent.messages()).toContain('stopping: the parent process is gone');
  expect(parent.messages().at(-1)).toBe('stopped');
});

it('stops when stdin ends, if asked to watch it', async () => {
  const service = run('watch-stdin');
  await service.said('is ready');
  service.child.stdin?.end();
  expect(await service.exitCode()).toBe(0);
});
