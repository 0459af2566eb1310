import { CAPTURE_STREAM, SYSTEM_STREAM } from '@mcplog/protocol';
import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Bus } from './bus.ts';

const MINUTE_MS = 60_000;
/** The broker forgets message ids after this; older repeats are told apart by their seq. */
const DUPLICATE_WINDOW_MS = 10 * MINUTE_MS;

/** Every bucket, with how long its values live (absent: for ever). */
export const BUCKETS: Readonly<Record<string, { readonly ttlMs?: number }>> = {
  users: {},
  usernames: {},
  sessions: { ttlMs: 12 * 60 * MINUTE_MS },
  tickets: { ttlMs: MINUTE_MS },
  catalogue: {},
  instances: {},
  instance_status: {},
  runs: {},
  jobs: {},
  leases: {},
  services: { ttlMs: MINUTE_MS },
};

export interface ProvisionOptions {
  /** Bytes the capture stream may hold while the writer is away. */
  readonly captureBytesMax?: number;
  readonly systemBytesMax?: number;
  /** Copies in a cluster. */
  readonly replicas?: number;
}

/**
 * Makes the streams and buckets that are missing. Needs the provisioner's identity.
 * @throws Error when an existing stream differs in what ordering and safety rest on
 */
export async function provisionBus(bus: Bus, options: ProvisionOptions = {}): Promise<void> {
  const { captureBytesMax = 2 ** 32, systemBytesMax = 2 ** 29, replicas = 1 } = options;
  const manager = await jetstreamManager(bus.connection);
  const queue = {
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    num_replicas: replicas,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    deny_delete: true,
    deny_purge: true,
  };
  await ensureStream(manager, {
    ...queue,
    name: CAPTURE_STREAM,
    subjects: ['capture.*'],
    max_bytes: captureBytesMax,
  });
  await ensureStream(manager, {
    ...queue,
    name: SYSTEM_STREAM,
    subjects: ['system.*'],
    max_bytes: systemBytesMax,
  });
  for (const name of Object.keys(BUCKETS)) await ensureBucket(manager, name, replicas);
}

async function ensureBucket(
  manager: JetStreamManager,
  name: string,
  replicas: number,
): Promise<void> {
  const ttlMs = BUCKETS[name]?.ttlMs;
  await ensureStream(manager, {
    name: `KV_${name}`,
    subjects: [`$KV.${name}.>`],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    allow_rollup_hdrs: true,
    allow_direct: true,
    deny_delete: true,
    ...(ttlMs !== undefined && { max_age: nanos(ttlMs), duplicate_window: nanos(ttlMs) }),
  });
}

async function ensureStream(
  manager: JetStreamManager,
  wanted: Partial<StreamConfig> & { name: string },
): Promise<void> {
  const found = await manager.streams.info(wanted.name).catch((error: Error) => {
    if (error.message.includes('stream not found')) return undefined;
    throw error;
  });
  const info = found ?? (await manager.streams.add(wanted));
  for (const key of ['retention', 'discard', 'allow_direct', 'deny_delete'] as const) {
    if (wanted[key] === undefined || info.config[key] === wanted[key]) continue;
    const state = `${key} is ${String(info.config[key])}, must be ${String(wanted[key])}`;
    throw new Error(`stream ${wanted.name}: ${state}; remove it or use another broker`);
  }
}
