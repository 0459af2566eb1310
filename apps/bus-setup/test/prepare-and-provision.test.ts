import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BUS_PERMISSIONS, connectBus } from '@mcplog/message-bus';
import { makeTempDir, startNats } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { prepareBus } from '../src/prepare.ts';
import { assertNoSilentLoss, provision } from '../src/provision.ts';

const GIB = 2 ** 30;

async function prepared(natsVersion: string) {
  const dir = await makeTempDir('bus-setup');
  const options = {
    keysDir: join(dir, 'keys'),
    appKeysDir: join(dir, 'app-keys'),
    masterKeyFile: join(dir, 'master', 'master.key'),
    natsConfigFile: join(dir, 'nats', 'nats.conf'),
    natsStoreDir: join(dir, 'store'),
    natsStoreBytesMax: 8 * GIB,
    natsVersion,
  };
  const services = await prepareBus(options);
  return { ...options, services };
}

/** The prepared configuration, on a free port of this machine in place of the container's. */
async function startPrepared({ natsConfigFile }: { natsConfigFile: string }) {
  const { http, ...config } = JSON.parse(readFileSync(natsConfigFile, 'utf8'));
  return startNats({ config: JSON.stringify(config), storeDir: config.jetstream.store_dir });
}

test('every service finds its own seed in its own folder, and nothing else', async () => {
  const { services, appKeysDir } = await prepared('2.12');
  expect(services).toEqual(Object.keys(BUS_PERMISSIONS).filter((name) => name !== 'provisioner'));
  for (const service of services) {
    expect(readdirSync(join(appKeysDir, service))).toEqual([`${service}.nk`]);
    expect(statSync(join(appKeysDir, service, `${service}.nk`)).mode & 0o777).toBe(0o600);
  }
});

test('a second preparation keeps every key', async () => {
  const options = await prepared('2.12');
  const files = [options.masterKeyFile, options.natsConfigFile];
  const before = files.map((file) => readFileSync(file, 'utf8'));
  await prepareBus(options);
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
});

test('the bus syncs before it acknowledges, unless its version cannot', async () => {
  const current = JSON.parse(readFileSync((await prepared('2.12')).natsConfigFile, 'utf8'));
  const old = JSON.parse(readFileSync((await prepared('2.9.10')).natsConfigFile, 'utf8'));
  expect(current.jetstream.sync_interval).toBe('always');
  expect(old.jetstream).not.toHaveProperty('sync_interval');
});

test('a service works with its seed on the provisioned bus, and a second provisioning changes nothing', async () => {
  const options = await prepared('2.9.10');
  const nats = await startPrepared(options);
  const target = { ...options, natsUrl: nats.url, replicas: 1, onState: () => undefined };
  await provision(target);
  await provision(target);
  const seed = readFileSync(join(options.appKeysDir, 'log-writer', 'log-writer.nk'), 'utf8').trim();
  const bus = await connectBus({ url: nats.url, app: 'log-writer', seed });
  const stored = await bus.publishDurable('system.application', '{}', 'one');
  expect(stored.streamSeq).toBe(1);
  await bus.close();
  await nats.stop();
});

test('a configuration for an older server than the one that runs is refused', () => {
  expect(() => assertNoSilentLoss('2.12.1', '2.9.10')).toThrow(/set MCPLOG_NATS_VERSION/);
  expect(() => assertNoSilentLoss('2.9.10', '2.9.10')).not.toThrow();
  expect(() => assertNoSilentLoss('2.12.1', '2.12')).not.toThrow();
});
