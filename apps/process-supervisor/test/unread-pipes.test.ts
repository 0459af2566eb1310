/** What becomes of output that nobody had read when the supervisor was killed? */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@mcplog/test-kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  callTool,
  heldTextBytes,
  NUMBERED_SERVER,
  openStage,
  pipeReaders,
  type Stage,
} from './stage.ts';

/** Begins a message and a line, waits for the file `go`, ends both, prints more, and says `done`. */
const SPEAKER = `
  printf '{"jsonrpc":"2.0","id":9,'
  { head -c 1000 /dev/zero | tr '\\0' x; } >&2
  while [ ! -e "$HOME/go" ]; do sleep 0.05; done
  printf '"result":{"secret":1}}\\n'
  echo ' is the end of it' >&2
  i=0
  while [ $i -lt 200 ]; do i=$((i + 1)); echo "line $i" >&2; echo "out $i"; done
  echo '{"jsonrpc":"2.0","id":10,"result":{}}'
  echo '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"told"}}'
  printf 'never ended' >&2
  : > "$HOME/done"
  cat > "$HOME/input"`;

let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
  await stage.startSupervisor();
});

afterEach(() => stage.close());

const statusOf = (id: string) => stage.registry.instance_status.get(id);

const pipeFiles = () => readdirSync(join(stage.dataDir, 'supervisor', 'pipes'));

const readers = () => pipeReaders(stage);

function numbersAfter(word: string, messages: readonly string[]): number[] {
  const lines = messages.flatMap((message) => message.split('\n'));
  return lines
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => Number(line.slice(word.length)));
}

test('what lay unread in the pipes of a killed supervisor is in the same run, once and in order', async () => {
  await stage.addItem({ service: 'speaker', command: 'sh', args: ['-c', SPEAKER] });
  const id = await stage.addInstance('speaker');
  const home = join(stage.dataDir, 'instances', id);
  await eventually(() => heldTextBytes(stage, id) > 1_000);
  process.kill(stage.supervisor().pid, 'SIGSTOP');
  writeFileSync(join(home, 'go'), '');
  await eventually(() => existsSync(join(home, 'done')));
  const [reader] = readers();
  await stage.supervisor().end('SIGKILL');
  await stage.startSupervisor();
  await eventually(() => stage.entriesOf(id).some(({ run }) => run > 1), { timeoutMs: 30_000 });
  const first = stage.entriesOf(id).filter(({ run }) => run === 1);
  expect(first.map(({ n }) => n)).toEqual(first.map((_, i) => i + 1));
  const messagesOf = (type: string) =>
    first.filter((entry) => entry.type === type).map(({ message }) => message);
  const upTo200 = Array.from({ length: 200 }, (_, i) => i + 1);
  expect(numbersAfter('line', messagesOf('stderr'))).toEqual(upTo200);
  expect(numbersAfter('out', messagesOf('stdout'))).toEqual(upTo200);
  expect(messagesOf('stderr')[0]).toBe(`${'x'.repeat(1_000)} is the end of it`);
  expect(messagesOf('stderr').at(-1)).toMatch(/never ended$/);
  expect(messagesOf('stdout')).toContain('told');
  expect(messagesOf('http')).toEqual([]);
  // The first entry tells the command.
  expect(first.slice(1).filter(({ message }) => message.includes('result'))).toEqual([]);
  const next = stage.entriesOf(id).find(({ run }) => run > 1);
  expect(next).toMatchObject({ n: 1, metadata: { event: 'leftovers_ended', lostRun: 1 } });
  expect(readers()).toEqual([reader]);
  const stem = `${id}.${next?.run}`;
  expect(pipeFiles().toSorted()).toEqual([`${stem}.stderr`, `${stem}.stdout`]);
});

test('an instance whose owner stopped or deleted it meanwhile leaves no pipes', async () => {
  await stage.addItem({ service: 'speaker', command: 'sh', args: ['-c', SPEAKER] });
  const ids = [await stage.addInstance('speaker'), await stage.addInstance('speaker')] as const;
  await eventually(() => ids.every((id) => statusOf(id)?.state === 'running'));
  expect([readers().length, pipeFiles().length]).toEqual([1, 4]);
  await stage.supervisor().end('SIGKILL');
  await stage.registry.instances.update(ids[0], (row) => row && { ...row, desired: 'stopped' });
  await stage.registry.instances.delete(ids[1]);
  await stage.startSupervisor();
  await eventually(() => pipeFiles().length === 0);
  await eventually(() => stage.entriesOf(ids[0]).at(-1)?.message === 'x'.repeat(1_000));
});

test('a stop, a crash, a restart and the end of the supervisor leave no pipes, and the last one no reader', async () => {
  await stage.addItem({ service: 'numbered', command: 'node', args: [NUMBERED_SERVER] });
  const id = await stage.addInstance('numbered');
  const untilRun = async (run: number) => {
    const isRunning = () => statusOf(id)?.state === 'running' && statusOf(id)?.run === run;
    await eventually(isRunning, { timeoutMs: 30_000 });
    expect(readers()).toHaveLength(1);
    expect(pipeFiles().toSorted()).toEqual([`${id}.${run}.stderr`, `${id}.${run}.stdout`]);
  };
  const change = (row: Record<string, unknown>) =>
    stage.registry.instances.update(id, (old) => old && { ...old, ...row });
  await untilRun(1);
  const client = await stage.connect(id);
  await expect(callTool(client, 'crash', { code: 7 })).rejects.toThrow(/exit code 7/);
  await untilRun(2);
  await change({ restartCount: 1 });
  await untilRun(3);
  await change({ desired: 'stopped' });
  await eventually(() => statusOf(id)?.state === 'stopped');
  await eventually(() => pipeFiles().length === 0);
  await change({ desired: 'running' });
  await untilRun(4);
  await stage.supervisor().end('SIGTERM');
  await eventually(() => readers().length === 0);
  expect(pipeFiles()).toEqual([]);
});
