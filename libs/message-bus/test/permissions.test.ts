import { readFile } from 'node:fs/promises';
import { eventually, makeTempDir, startNats, type TestServer } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  BUS_PERMISSIONS,
  type Bus,
  busSeedPath,
  connectBus,
  createBusIdentities,
  openBucket,
  openIntake,
  provisionBus,
  renderServerConfig,
} from '../src/index.ts';

let nats: TestServer;
const buses: Record<string, Bus> = {};

beforeAll(async () => {
  const dir = await makeTempDir('bus-keys');
  const storeDir = await makeTempDir('bus-store');
  const config = renderServerConfig({
    host: '127.0.0.1',
    port: 4222,
    storeDir,
    fileStoreBytesMax: 2 ** 34,
    serverVersion: '2.9.10',
    syncAlways: true,
    publicKeys: createBusIdentities(dir),
  });
  nats = await startNats({ config, storeDir });
  for (const app of Object.keys(BUS_PERMISSIONS)) {
    const seed = (await readFile(busSeedPath(dir, app), 'utf8')).trim();
    buses[app] = await connectBus({ url: nats.url, app, seed });
    if (app === 'provisioner') await provisionBus(buses[app]);
  }
});

afterAll(async () => {
  for (const bus of Object.values(buses)) await bus.close();
  await nats.stop();
});

const bus = (app: string) => buses[app] as Bus;

test('every service can open, read and watch the buckets its row names', async () => {
  for (const [app, { reads = [], writes = [] }] of Object.entries(BUS_PERMISSIONS)) {
    for (const name of [...reads, ...writes]) {
      const bucket = await openBucket(bus(app), name);
      expect(await bucket.get('nothing')).toBeUndefined();
      await new Promise<void>((resolve) => {
        const stop = bucket.watch(
          () => undefined,
          () => {
            queueMicrotask(() => stop());
            resolve();
          },
        );
      });
    }
    for (const name of writes) {
      const bucket = await openBucket(bus(app), name);
      const revision = await bucket.create(`by-${app}`, 'x');
      await bucket.update(`by-${app}`, 'y', revision);
      await bucket.delete(`by-${app}`);
    }
  }
});

test('the supervisor can capture and the writer can read it', async () => {
  await bus('process-supervisor').publishDurable('capture.1', 'batch', 'b1');
  const got = await new Promise<string>((resolve) => {
    const intake = openIntake(bus('log-writer'), {
      stream: 'CAPTURE',
      consumer: 'writer-1',
      filterSubject: 'capture.1',
      onMessage: (message) => {
        message.ack();
        resolve(message.payload.toString());
        void intake.close();
      },
    });
  });
  expect(got).toBe('batch');
});

test('no service but the supervisor may put lines on the capture stream', async () => {
  const others = ['log-writer', 'maintenance-worker', 'query-api', 'stream-gateway', 'admin-api'];
  for (const app of others) {
    await expect(bus(app).publishDurable('capture.1', 'forged', `forged-${app}`)).rejects.toThrow();
  }
});

test('only the gateway hears tails', async () => {
  const heard: string[] = [];
  for (const app of ['process-supervisor', 'query-api', 'admin-api', 'stream-gateway']) {
    bus(app).subscribe('tail.>', () => heard.push(app));
    await bus(app).connection.flush();
  }
  bus('log-writer').publish('tail.user.u.i', 'x');
  await bus('log-writer').connection.flush();
  await bus('stream-gateway').connection.flush();
  expect(heard).toEqual(['stream-gateway']);
});

test('the maintenance-worker can ask the writer to rotate and hears what was', async () => {
  const heard: string[] = [];
  bus('log-writer').answer('maintenance.rotate', (asked, answer) => {
    answer(`done ${asked}`);
    bus('log-writer').publish('maintenance.rotated', 'a file');
  });
  const worker = bus('maintenance-worker');
  worker.subscribe('maintenance.rotated', (_subject, notice) => heard.push(notice.toString()));
  await bus('log-writer').connection.flush();
  await worker.connection.flush();
  const stop = worker.ask('maintenance.rotate', 'all', (said) => heard.push(said.toString()));
  await eventually(() => heard.length === 2);
  stop();
  expect(heard.toSorted()).toEqual(['a file', 'done all']);
});

test('nobody else may ask the writer to rotate', async () => {
  const asked: string[] = [];
  bus('log-writer').answer('maintenance.rotate', (question) => asked.push(question.toString()));
  await bus('log-writer').connection.flush();
  for (const app of ['process-supervisor', 'query-api', 'stream-gateway', 'admin-api']) {
    bus(app).ask('maintenance.rotate', `by ${app}`, () => undefined);
    await bus(app).connection.flush();
  }
  bus('maintenance-worker').ask('maintenance.rotate', 'by worker', () => undefined);
  await eventually(() => asked.length > 0);
  expect(asked).toEqual(['by worker']);
});

test('the gateway cannot change users', async () => {
  await expect(
    openBucket(bus('stream-gateway'), 'users').then((b) => b.put('x', 'y')),
  ).rejects.toThrow();
});

test('somebody without a key is refused', async () => {
  const { connect } = await import('@nats-io/transport-node');
  await expect(connect({ servers: nats.url, reconnect: false })).rejects.toThrow(/auth/i);
});
