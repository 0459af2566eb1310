/** What becomes of output when the pipe reader is killed, alone or together with its supervisor? */
import { eventually, isAlive } from '@mcplog/test-kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  callTool,
  NUMBERED_SERVER,
  numberedLines,
  openStage,
  pipeReaders,
  type Stage,
} from './stage.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
  await stage.startSupervisor();
  await stage.addItem({
    service: 'numbered',
    command: 'node',
    args: [NUMBERED_SERVER],
    env: { LINES_PER_SECOND: { secret: false, required: false } },
  });
});

afterEach(() => stage.close());

const numbersOf = (id: string) => numberedLines(stage.entriesOf(id));

const gapsOf = (id: string) =>
  stage.entriesOf(id).filter(({ metadata }) => metadata.event === 'output_may_be_missing');

async function startNumbered(): Promise<string> {
  const id = await stage.addInstance('numbered', { env: { LINES_PER_SECOND: '500' } });
  await eventually(() => numbersOf(id).length > 100, { timeoutMs: 30_000 });
  return id;
}

test('the server goes on under another reader, and its log says what may be missing', async () => {
  const id = await startNumbered();
  const client = await stage.connect(id);
  const { pid } = JSON.parse(await callTool(client, 'stats')) as { pid: number };
  const [reader] = pipeReaders(stage);
  process.kill(reader as number, 'SIGKILL');
  await eventually(() => gapsOf(id).length === 2);
  const last = numbersOf(id).at(-1) ?? 0;
  await eventually(() => (numbersOf(id).at(-1) ?? 0) > last + 500);
  expect(JSON.parse(await callTool(client, 'stats'))).toMatchObject({ pid });
  await client.close();
  expect(gapsOf(id).map(({ metadata }) => metadata.stream)).toEqual(['stdout', 'stderr']);
  expect(gapsOf(id)[0]?.message).toMatch(/up to \d+ bytes of stdout may be missing here/);
  const numbers = numbersOf(id);
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  const entries = stage.entriesOf(id);
  expect(entries.map(({ n }) => n)).toEqual(entries.map((_, i) => i + 1));
  expect(pipeReaders(stage)).not.toContain(reader);
});

test('killed together with its supervisor, the next run says what may be missing', async () => {
  const id = await startNumbered();
  const pid = stage.registry.instance_status.get(id)?.pid as number;
  const [reader] = pipeReaders(stage);
  process.kill(stage.supervisor().pid, 'SIGSTOP');
  process.kill(reader as number, 'SIGKILL');
  await stage.supervisor().end('SIGKILL');
  await stage.startSupervisor();
  await eventually(() => gapsOf(id).length > 0, { timeoutMs: 30_000 });
  expect(gapsOf(id)).toMatchObject([{ n: 2, metadata: { lostRun: 1 } }]);
  await eventually(() => !isAlive(pid));
  const first = stage.entriesOf(id).filter(({ run }) => run === 1);
  expect(first.map(({ n }) => n)).toEqual(first.map((_, i) => i + 1));
});

test('a second supervisor of the same folder does not start, and the first one is not disturbed', async () => {
  const id = await startNumbered();
  const first = stage.supervisor();
  await expect(stage.startSupervisor({ MCPLOG_HTTP_PORT: '0' })).resolves.toBeUndefined();
  const second = stage.supervisor();
  const { code } = await second.exited;
  expect(code).not.toBe(0);
  expect(second.output()).toContain(`another supervisor, pid ${first.pid}, is at work here`);
  const last = numbersOf(id).at(-1) ?? 0;
  await eventually(() => (numbersOf(id).at(-1) ?? 0) > last + 200);
  expect(stage.entriesOf(id).every(({ run }) => run === 1)).toBe(true);
  await first.end('SIGTERM');
});
