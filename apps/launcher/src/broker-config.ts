import { execFileSync } from 'node:child_process';
import { readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBusIdentities, renderServerConfig } from '@mcplog/message-bus';
import type { Folders } from './folders.ts';
import { freePort } from './free-port.ts';
import { StartError } from './terminal.ts';

const GIB = 2 ** 30;
const STORE_BYTES_MAX = 8 * GIB;
const STORE_BYTES_MIN = 256 * 2 ** 20;
const HOST = '127.0.0.1';

export interface BrokerConfig {
  readonly file: string;
  readonly url: string;
  readonly monitorUrl: string;
  /** Disk the broker may fill, bytes. */
  readonly storeBytesMax: number;
}

/** Writes `<data>/nats/nats.conf` on free ports, with an identity for each service. */
export async function writeBrokerConfig(folders: Folders): Promise<BrokerConfig> {
  const serverVersion = natsServerVersion();
  const file = join(folders.nats, 'nats.conf');
  const storeBytesMax = previousStoreBytes(file) ?? newStoreBytes(folders.nats);
  const [port, monitorPort] = [await freePort(), await freePort()];
  const config = renderServerConfig({
    host: HOST,
    port,
    monitorPort,
    storeDir: join(folders.nats, 'store'),
    fileStoreBytesMax: storeBytesMax,
    serverVersion,
    publicKeys: createBusIdentities(folders.bus),
    syncAlways: true,
  });
  writeFileSync(file, config, { mode: 0o600 });
  return {
    file,
    url: `nats://${HOST}:${port}`,
    monitorUrl: `http://${HOST}:${monitorPort}`,
    storeBytesMax,
  };
}

/** The URL of the broker whose configuration was written last. */
export function lastBrokerUrl(folders: Folders): string | undefined {
  const config = readConfig(join(folders.nats, 'nats.conf'));
  return config?.port === undefined ? undefined : `nats://${HOST}:${config.port}`;
}

function natsServerVersion(): string {
  try {
    const text = execFileSync('nats-server', ['--version'], { encoding: 'utf8' });
    return /v(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? 'unknown';
  } catch {
    throw new StartError(
      'nats-server is not on the PATH. "npm start" installs it; by hand: "apt-get install nats-server", ' +
        '"brew install nats-server", or https://github.com/nats-io/nats-server/releases',
    );
  }
}

/** Streams reserve their size: a later start must not offer less than they were promised. */
function previousStoreBytes(file: string): number | undefined {
  return readConfig(file)?.jetstream?.max_file_store;
}

function newStoreBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  const half = Math.floor((bavail * bsize) / 2);
  if (half < STORE_BYTES_MIN) {
    throw new StartError(
      `less than ${(2 * STORE_BYTES_MIN) / 2 ** 20} MB are free at ${dir}; free some, or choose another folder with --data DIR`,
    );
  }
  return Math.min(STORE_BYTES_MAX, half);
}

interface WrittenConfig {
  readonly port?: number;
  readonly jetstream?: { readonly max_file_store?: number };
}

function readConfig(file: string): WrittenConfig | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as WrittenConfig;
  } catch {
    return undefined;
  }
}
