/** Everything that must be on disk before nats-server and the services start. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadOrCreateMasterKey } from '@mcplog/access-control';
import { busSeedPath, createBusIdentities, renderServerConfig } from '@mcplog/message-bus';

/** In a container the ports are its own; compose publishes none of them. */
const LISTEN = { host: '0.0.0.0', port: 4222, monitorPort: 8222 };
/** The identity of this program, which nobody else gets. */
export const PROVISIONER = 'provisioner';

export interface PrepareOptions {
  readonly keysDir: string;
  readonly appKeysDir: string;
  readonly masterKeyFile: string;
  readonly natsConfigFile: string;
  readonly natsStoreDir: string;
  readonly natsStoreBytesMax: number;
  readonly natsVersion: string;
}

/**
 * Writes the configuration of nats-server, and makes what is missing of the keys: the nkeys, of
 * which each service gets its own alone, and the master key. Keys that exist are kept.
 * @returns the services that have a key
 */
export async function prepareBus(options: PrepareOptions): Promise<string[]> {
  const { keysDir, appKeysDir, natsConfigFile, natsStoreBytesMax, natsVersion } = options;
  const publicKeys = createBusIdentities(keysDir);
  const services = Object.keys(publicKeys).filter((name) => name !== PROVISIONER);
  for (const service of services) handOverSeed(service, keysDir, appKeysDir);
  await loadOrCreateMasterKey(options.masterKeyFile);
  const config = renderServerConfig({
    ...LISTEN,
    publicKeys,
    storeDir: options.natsStoreDir,
    fileStoreBytesMax: natsStoreBytesMax,
    serverVersion: natsVersion,
    syncAlways: true,
  });
  replaceFile(natsConfigFile, config);
  return services;
}

function handOverSeed(service: string, keysDir: string, appKeysDir: string): void {
  const seed = readFileSync(busSeedPath(keysDir, service), 'utf8');
  replaceFile(busSeedPath(join(appKeysDir, service), service), seed);
}

/** A start that reads it while it is written sees the old one or the new one, never half. */
function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  renameSync(draft, path);
}
