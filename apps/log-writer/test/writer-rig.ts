/** A broker with streams, writers on it, and captured lines for them. */
import { type Bus, connectBus, provisionBus, SystemLog } from '@mcplog/message-bus';
import { captureSubject, SectionEncoder, shardOf } from '@mcplog/protocol';
import { openRegistry } from '@mcplog/registry';
import { makeTempDir, startNats } from '@mcplog/test-kit';
import { afterEach } from 'vitest';
import { Writer } from '../src/writer.ts';

const SETTINGS = {
  commitIntervalMs: 10,
  commitBytes: 65_536,
  openFilesMax: 64,
  rotateBytes: 2 ** 30,
  rotateAt: '00:00',
};

const closers: (() => unknown)[] = [];
let batches = 0;

/** Ends what a test of this file has started, the newest first. */
export function closeAfterEach(): void {
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
}

export async function startSystem() {
  const nats = await startNats();
  closers.push(() => nats.stop());
  const bus = await connectBus({ url: nats.url, app: 'test' });
  closers.push(() => bus.close());
  await provisionBus(bus);
  return { url: nats.url, bus, logDir: await makeTempDir('logs') };
}

export async function startWriter(url: string, settings: { logDir: string; rotateBytes?: number }) {
  const bus = await connectBus({ url, app: 'log-writer' });
  const registry = await openRegistry(bus, { watch: ['instances', 'leases', 'runs', 'services'] });
  const systemLog = new SystemLog(bus);
  const writer = new Writer({
    bus,
    registry,
    systemLog,
    settings: { ...SETTINGS, ...settings },
    returnEveryMs: 200,
  });
  const close = async () => {
    await writer.close();
    registry.close();
    await bus.close();
  };
  closers.push(close);
  return { writer, close };
}

/** The lines `line <from>` to `line <to>` of an instance of user ann, encoded. */
function batchOf(from: number, to: number, instanceId: string): Buffer {
  const encoder = new SectionEncoder();
  for (let n = from; n <= to; n++) {
    encoder.append({ timestampMs: Date.now(), type: 'stdout', message: `line ${n}`, metadata: '' });
  }
  return encoder.finish({
    userId: 'ann',
    instanceId,
    service: 'everything',
    run: 1,
    firstN: from,
    stderrRouting: 'error-log',
  });
}

export function capture(bus: Bus, from: number, to: number): Promise<void> {
  return captureOf('i1', bus, { from, to });
}

export async function captureOf(
  instanceId: string,
  bus: Bus,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const subject = captureSubject(shardOf(instanceId));
  await bus.publishDurable(subject, batchOf(from, to, instanceId), `${++batches}`);
}
