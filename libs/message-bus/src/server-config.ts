import { allowedPublishes, allowedSubscriptions } from './identities.ts';

export interface ServerConfigOptions {
  readonly host: string;
  readonly port: number;
  /** Where figures are served; absent: nowhere. */
  readonly monitorPort?: number | undefined;
  readonly storeDir: string;
  /** Disk the broker may fill, bytes; set it well below the partition (durability facts 1.2). */
  readonly fileStoreBytesMax: number;
  /** Such as `2.9.10`; decides whether the broker can sync before it acknowledges. */
  readonly serverVersion: string;
  /** Public nkeys by service, from `createBusIdentities`. */
  readonly publicKeys: Readonly<Record<string, string>>;
  /** Sync every message to disk before acknowledging it (2.10 or newer). */
  readonly syncAlways: boolean;
}

/** Whether a broker of this version knows `sync_interval`; older ones refuse to start with it. */
export function knowsSyncInterval(serverVersion: string): boolean {
  const [major = 0, minor = 0] = serverVersion.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 10);
}

/** The text of nats-server's configuration file: JSON, which it reads. */
export function renderServerConfig(options: ServerConfigOptions): string {
  const { host, port, monitorPort, storeDir, fileStoreBytesMax } = options;
  const users = Object.entries(options.publicKeys).map(([service, nkey]) => ({
    nkey,
    permissions: {
      publish: { allow: allowedPublishes(service) },
      subscribe: { allow: allowedSubscriptions(service) },
    },
  }));
  const sync = options.syncAlways && knowsSyncInterval(options.serverVersion);
  const config = {
    server_name: 'mcplog',
    host,
    port,
    ...(monitorPort !== undefined && { http: `${host}:${monitorPort}` }),
    jetstream: {
      store_dir: storeDir,
      max_file_store: fileStoreBytesMax,
      ...(sync && { sync_interval: 'always' }),
    },
    authorization: { users },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
