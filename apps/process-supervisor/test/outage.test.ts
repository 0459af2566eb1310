import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, isAlive, makeTempDir } from '@mcplog/test-kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  callTool,
  heldTextBytes,
  NUMBERED_SERVER,
  numberedLines,
  openStage,
  type Stage,
} from './stage.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
  await stage.addItem({
    service: 'numbered',
    command: 'node',
    args: [NUMBERED_SERVER],
    env: {
      LINES_PER_SECOND: { secret: false, required: false },
      LEDGER: { secret: false, required: false },
      IGNORE_STDIN_CLOSE: { secret: false, required: false },
    },
  });
});

afterEach(() => stage.close());

const numbersOf = (id: string) => numberedLines(stage.entriesOf(id));

function spoolFiles(): string[] {
  const dir = join(stage.dataDir, 'supervisor', 'spool');
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  return files.filter((name) => name.endsWith('.spool')).map((name) => join(dir, name));
}

function spoolBytes(): number {
  return spoolFiles().reduce((sum, path) => sum + statSync(path).size, 0);
}

function spoolHolds(text: string): boolean {
  return spoolFiles().some((path) => readFileSync(path).includes(text));
}

test('while the bus is away the child is not held up, and everything arrives in order', async () => {
  await stage.startSupervisor();
  const id = await stage.addInstance('numbered', { env: { LINES_PER_SECOND: '2000' } });
  const client = await stage.connect(id);
  await eventually(() => numbersOf(id).length > 100);
  await stage.nats.kill();
  const before = JSON.parse(await callTool(client, 'stats')) as { lastNumber: number };
  const tenSeconds = async () => {
    const { lastNumber } = JSON.parse(await callTool(client, 'stats')) as { lastNumber: number };
    return lastNumber >= before.lastNumber + 20_000;
  };
  await eventually(tenSeconds, { timeoutMs: 40_000, intervalMs: 200 });
  const { lastNumber } = JSON.parse(await callTool(client, 'stats')) as { lastNumber: number };
  expect(spoolBytes()).toBeGreaterThan(20_000 * 20);
  await stage.nats.restart();
  await eventually(() => (numbersOf(id).at(-1) ?? 0) >= lastNumber, { timeoutMs: 30_000 });
  const numbers = numbersOf(id);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  const entries = stage.entriesOf(id);
  expect(entries.map(({ n }) => n)).toEqual(entries.map((_, i) => i + 1));
  await client.close();
});

test('kill -9 with the bus away loses nothing that was spooled and leaves no orphan', async () => {
  // The server tells its own pids, which mean nothing outside an enclosure.
  await stage.startSupervisor({ MCPLOG_ISOLATION: 'off' });
  const ledger = join(await makeTempDir('ledger'), 'ledger');
  const id = await stage.addInstance('numbered', {
    env: { LEDGER: ledger, IGNORE_STDIN_CLOSE: '1' },
  });
  const client = await stage.connect(id);
  const grandchild = Number(await callTool(client, 'start_grandchild'));
  const { pid } = JSON.parse(await callTool(client, 'stats')) as { pid: number };
  await stage.nats.kill();
  await callTool(client, 'burst', { count: 5_000, bytes: 100 });
  const lastInLedger = async () =>
    Number((await readFile(ledger, 'utf8')).trimEnd().split('\n').at(-1));
  const spooledAtLeast = await lastInLedger();
  await callTool(client, 'print', { stream: 'stderr', text: 'the end of the burst' });
  await eventually(() => spoolHolds('the end of the burst'));
  await stage.supervisor().end('SIGKILL');
  expect([isAlive(pid), isAlive(grandchild)]).toEqual([true, true]);
  await stage.nats.restart();
  await stage.startSupervisor();
  await eventually(() => !isAlive(pid) && !isAlive(grandchild));
  await eventually(() => stage.entriesOf(id).some(({ run }) => run > 1), { timeoutMs: 30_000 });
  const first = stage.entriesOf(id).filter(({ run }) => run === 1);
  expect(first.map(({ n }) => n)).toEqual(first.map((_, i) => i + 1));
  const numbers = numberedLines(first);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  expect(numbers.length).toBeGreaterThanOrEqual(spooledAtLeast);
  const next = stage.entriesOf(id).find(({ run }) => run > 1);
  expect(next).toMatchObject({ metadata: { event: 'leftovers_ended', processes: 2, lostRun: 1 } });
});

test('kill -9 in the middle of a line does not lose its beginning', async () => {
  await stage.startSupervisor();
  const id = await stage.addInstance('numbered', { env: { IGNORE_STDIN_CLOSE: '1' } });
  const client = await stage.connect(id);
  await callTool(client, 'no_newline', { bytes: 40 });
  await eventually(() => heldTextBytes(stage, id) > 0);
  await stage.supervisor().end('SIGKILL');
  await stage.startSupervisor();
  await eventually(() => stage.entriesOf(id).some(({ run }) => run > 1), { timeoutMs: 30_000 });
  const first = stage.entriesOf(id).filter(({ run }) => run === 1);
  expect(first.map(({ n }) => n)).toEqual(first.map((_, i) => i + 1));
  const beginning = first.find(({ metadata }) => metadata.unterminated === true);
  expect(beginning?.message).toBe('x'.repeat(40));
});

test('when the spool is full the count of dropped lines is told as soon as there is room', async () => {
  await stage.startSupervisor({ MCPLOG_SPOOL_BYTES_MAX: String(4 * 1024 * 1024) });
  const id = await stage.addInstance('numbered');
  const client = await stage.connect(id);
  await stage.nats.kill();
  await callTool(client, 'burst', { count: 30_000, bytes: 200 });
  expect(spoolBytes()).toBeLessThan(3 * 1024 * 1024);
  await stage.nats.restart();
  const isTold = (message: string) => /^\d+ lines dropped: spool full$/.test(message);
  const told = await eventually(() => stage.entriesOf(id).find(({ message }) => isTold(message)), {
    timeoutMs: 30_000,
  });
  const dropped = Number(told.metadata.dropped);
  expect(dropped).toBeGreaterThan(10_000);
  const before = stage.entriesOf(id).filter(({ n }) => n < told.n);
  expect(told.n - 1 - before.length).toBe(dropped);
  await client.close();
});
