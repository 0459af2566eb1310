import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const MIB = 2 ** 20;
/** 2 MB each 50 ms until it holds 400 MB; then it stays as it is. */
const LEAKING = `
  const kept = [];
  setInterval(() => { if (kept.length < 200) kept.push(Buffer.alloc(2e6, 1)); }, 50);
`;

const BUSY = 'for (;;);';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  await stage.addItem({ service: 'leaking', command: 'node', args: ['-e', LEAKING] });
  await stage.addItem({ service: 'busy', command: 'node', args: ['-e', BUSY] });
  await stage.startSupervisor({
    MCPLOG_SAMPLE_EVERY_MS: '200',
    MCPLOG_LEAK_WINDOW_SECONDS: '3',
    MCPLOG_LEAK_RISE_BYTES: String(20 * MIB),
    MCPLOG_CPU_ALERT_PERCENT: '20',
    MCPLOG_CPU_ALERT_SECONDS: '2',
  });
});

afterAll(() => stage.close());

const eventOf = (id: string, event: string) =>
  stage.entriesOf(id).find(({ metadata }) => metadata.event === event);
const pm2Events = (id: string) =>
  stage
    .pm2()
    .filter(({ metadata }) => metadata?.instanceId === id)
    .map(({ event }) => event);

test('a server whose memory rises has an alert in its log and in pm2.log, and an all-clear', async () => {
  const id = await stage.addInstance('leaking');
  const alert = await eventually(() => eventOf(id, 'memory_leak'), { timeoutMs: 30_000 });
  expect(alert).toMatchObject({ type: 'system', level: 'warn' });
  expect(alert.message).toMatch(/^memory rose steadily from \d+ to \d+ MiB in 3 s$/);
  const { fromBytes, toBytes } = alert.metadata as { fromBytes: number; toBytes: number };
  expect(toBytes - fromBytes).toBeGreaterThanOrEqual(20 * MIB);
  const over = await eventually(() => eventOf(id, 'memory_leak_over'), { timeoutMs: 60_000 });
  expect(over.message).toMatch(/^memory alert over at \d+ MiB: it no longer rises$/);
  await eventually(() => pm2Events(id).includes('memory_leak_over'));
  expect(pm2Events(id).filter((event) => event.startsWith('memory'))).toEqual([
    'memory_leak',
    'memory_leak_over',
  ]);
});

test('a server that keeps a core busy has an alert, which its end takes back before it dies', async () => {
  const id = await stage.addInstance('busy');
  await eventually(() => eventOf(id, 'cpu_high'), { timeoutMs: 30_000 });
  await stage.registry.instances.update(id, (row) => row && { ...row, desired: 'stopped' });
  await eventually(() => eventOf(id, 'instance_ended'), { timeoutMs: 30_000 });
  const events = stage.entriesOf(id).map(({ metadata }) => metadata.event);
  expect(events).toEqual([...['instance_starting', 'cpu_high', 'cpu_high_over', 'instance_ended']]);
  await eventually(() => pm2Events(id).includes('cpu_high_over'));
});
