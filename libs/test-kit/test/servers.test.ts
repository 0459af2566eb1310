import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { startNats, startRedis, type TestServer } from '../src/index.ts';

const running: TestServer[] = [];

async function keep(server: Promise<TestServer>): Promise<TestServer> {
  running.push(await server);
  return server;
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

test('nats-server keeps a stream over SIGKILL and restart on the same port', async () => {
  const nats = await keep(startNats());
  const firstPid = nats.pid;
  const writer = await connectNats({ servers: nats.url, reconnect: false });
  await (await jetstreamManager(writer)).streams.add({ name: 'KEPT', subjects: ['kept.>'] });
  await jetstream(writer).publish('kept.one', 'still here');
  await nats.kill();
  await writer.closed();
  await nats.restart();
  const reader = await connectNats({ servers: nats.url });
  const stream = await (await jetstreamManager(reader)).streams.info('KEPT');
  await reader.close();
  expect(stream.state.messages).toBe(1);
  expect(nats.pid).not.toBe(firstPid);
});

test('nats-server follows a configuration text', async () => {
  const config = 'authorization { user: reader, password: "only for this test" }';
  const nats = await keep(startNats({ config }));
  await expect(connectNats({ servers: nats.url, reconnect: false })).rejects.toThrow(
    /authorization/i,
  );
  const login = { servers: nats.url, user: 'reader', pass: 'only for this test' };
  const connection = await connectNats(login);
  expect((await jetstreamManager(connection)).streams).toBeDefined();
  await connection.close();
});

test('a configuration with an address and a limit of its own still uses our port and store', async () => {
  const config = 'listen: 127.0.0.1:1\njetstream { max_file_store: 64MB }';
  const nats = await keep(startNats({ config }));
  expect(nats.output()).toContain(`client connections on 127.0.0.1:${nats.port}`);
  expect(nats.output()).toContain(`"${nats.storeDir}/jetstream"`);
  expect(nats.output()).toMatch(/Max Storage: +64\.00 MB/);
});

test('a server that refuses its configuration reports what it printed', async () => {
  await expect(startNats({ config: 'no_such_setting: 1' })).rejects.toThrow(/no_such_setting/);
});

test('redis-server keeps a key over SIGKILL and restart', async () => {
  const redis = await keep(startRedis());
  const writer = new Redis(redis.url, { retryStrategy: () => null });
  writer.on('error', () => undefined);
  await writer.call('CONFIG', 'SET', 'appendfsync', 'always');
  await writer.set('kept', 'still here');
  await redis.kill();
  writer.disconnect();
  await redis.restart();
  const reader = new Redis(redis.url);
  expect(await reader.get('kept')).toBe('still here');
  reader.disconnect();
});
