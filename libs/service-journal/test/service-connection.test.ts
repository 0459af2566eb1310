/** What does a service have of the bus, and what is left there when it has stopped? */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  busSeedPath,
  connectBus,
  createBusIdentities,
  openIntake,
  provisionBus,
  renderServerConfig,
} from '@mcplog/message-bus';
import { SYSTEM_STREAM, systemSubject } from '@mcplog/protocol';
import { createLogger } from '@mcplog/service-host';
import { eventually, makeTempDir, startNats } from '@mcplog/test-kit';
import { expect, onTestFinished, test } from 'vitest';
import { connectService } from '../src/index.ts';

const log = createLogger({ app: 'query-api', to: { write: () => undefined } });

/** A bus with accounts and streams, and how to know its services. */
async function startBus() {
  const keys = await makeTempDir('keys');
  const storeDir = await makeTempDir('store');
  const config = renderServerConfig({
    host: '127.0.0.1',
    port: 4222,
    storeDir,
    fileStoreBytesMax: 2 ** 34,
    serverVersion: '2.9.10',
    syncAlways: true,
    publicKeys: createBusIdentities(keys),
  });
  const nats = await startNats({ config, storeDir });
  onTestFinished(() => nats.stop());
  const connectAs = async (app: string) => {
    const seed = (await readFile(busSeedPath(keys, app), 'utf8')).trim();
    const bus = await connectBus({ url: nats.url, app, seed });
    onTestFinished(() => bus.close());
    return bus;
  };
  await provisionBus(await connectAs('provisioner'));
  return { url: nats.url, keys, connectAs };
}

test('a service is let in by its seed file, and its last words arrive before it leaves', async () => {
  const { url, keys, connectAs } = await startBus();
  const natsSeedFile = join(keys, 'copied-by-hand');
  await writeFile(natsSeedFile, `${await readFile(busSeedPath(keys, 'query-api'), 'utf8')}\n`);
  const closers: (() => unknown)[] = [];
  const life = { onStop: (_: string, close: () => unknown) => void closers.push(close) };
  const service = { app: 'query-api', settings: { natsUrl: url, natsSeedFile }, log, life };

  const { bus, registry, journal } = await connectService(service, { watch: ['sessions'] });
  expect(bus.connected).toBe(true);
  expect(registry.sessions.get('nobody')).toBeUndefined();
  journal.started();
  for (const close of closers.toReversed()) await close();

  const events: string[] = [];
  const filterSubject = systemSubject('application');
  const intake = openIntake(await connectAs('log-writer'), {
    ...{ stream: SYSTEM_STREAM, consumer: 'test', filterSubject },
    onMessage: ({ payload, ack }) => {
      events.push(JSON.parse(payload.toString()).event);
      ack();
    },
  });
  onTestFinished(() => intake.close());
  await eventually(() => events.length === 2);
  expect(events).toEqual(['service_started', 'service_stopped']);
});

test('a seed file that is not there ends the start', async () => {
  const settings = { natsUrl: 'nats://127.0.0.1:1', natsSeedFile: '/no/seed' };
  const service = { app: 'query-api', settings, log, life: { onStop: () => undefined } };
  await expect(connectService(service, { watch: [] })).rejects.toThrow('/no/seed');
});
