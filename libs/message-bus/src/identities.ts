import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CAPTURE_STREAM, ROTATE_SUBJECT, ROTATED_SUBJECT, SYSTEM_STREAM } from '@mcplog/protocol';
import { createUser, fromSeed } from '@nats-io/nkeys';
import { inboxPrefixOf } from './bus.ts';

/** What one service may do on the bus; everything else is refused by the broker. */
interface Permissions {
  /** Buckets it reads. */
  readonly reads?: readonly string[];
  /** Buckets it reads and writes. */
  readonly writes?: readonly string[];
  /** Streams whose fill it may ask for. */
  readonly inspects?: readonly string[];
  /** Streams it consumes. */
  readonly consumes?: readonly string[];
  readonly publishes?: readonly string[];
  readonly hears?: readonly string[];
}

const SYSTEM_SUBJECTS = 'system.*';

/** One row per service that talks to the bus. */
export const BUS_PERMISSIONS: Readonly<Record<string, Permissions>> = {
  provisioner: { publishes: ['$JS.API.>', '$KV.>', SYSTEM_SUBJECTS] },
  'process-supervisor': {
    publishes: ['capture.*', SYSTEM_SUBJECTS],
    reads: ['catalogue', 'sessions'],
    // Instances: only those of `mcplog wrap`, which begin with their first ingest.
    writes: ['instances', 'instance_status', 'runs', 'services'],
  },
  'log-writer': {
    publishes: ['tail.>', SYSTEM_SUBJECTS, ROTATED_SUBJECT, answersTo('maintenance-worker')],
    hears: [ROTATE_SUBJECT],
    consumes: [CAPTURE_STREAM, SYSTEM_STREAM],
    reads: ['instances'],
    writes: ['leases', 'runs', 'services'],
  },
  'maintenance-worker': {
    publishes: [ROTATE_SUBJECT, SYSTEM_SUBJECTS],
    hears: [ROTATED_SUBJECT],
    reads: ['instances'],
    writes: ['jobs', 'leases', 'services'],
  },
  'query-api': {
    publishes: [SYSTEM_SUBJECTS],
    reads: ['sessions', 'catalogue', 'instance_status'],
    writes: ['instances', 'services'],
  },
  'stream-gateway': {
    publishes: [SYSTEM_SUBJECTS],
    hears: ['tail.>'],
    reads: ['sessions', 'instances'],
    writes: ['tickets', 'services'],
  },
  'admin-api': {
    publishes: [SYSTEM_SUBJECTS],
    inspects: [CAPTURE_STREAM, SYSTEM_STREAM],
    reads: ['instances', 'instance_status'],
    writes: ['users', 'usernames', 'sessions', 'catalogue', 'jobs', 'services'],
  },
};

/**
 * Makes an nkey for each service that has none: `<dir>/<service>.nk`, mode 0600, holding its seed.
 * Returns the public keys by service.
 */
export function createBusIdentities(dir: string): Record<string, string> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const publicKeys: Record<string, string> = {};
  for (const service of Object.keys(BUS_PERMISSIONS)) {
    const seed = readOrCreateSeed(busSeedPath(dir, service));
    publicKeys[service] = fromSeed(new TextEncoder().encode(seed)).getPublicKey();
  }
  return publicKeys;
}

/** Where {@link createBusIdentities} keeps the seed of a service. */
export function busSeedPath(dir: string, service: string): string {
  return join(dir, `${service}.nk`);
}

function readOrCreateSeed(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const seed = new TextDecoder().decode(createUser().getSeed());
  writeFileSync(path, `${seed}\n`, { mode: 0o600, flag: 'wx' });
  return seed;
}

/** The subjects a service may publish to, as nats-server's configuration wants them. */
export function allowedPublishes(service: string): string[] {
  const permissions = permissionsOf(service);
  const { publishes = [], reads = [], writes = [], consumes = [], inspects = [] } = permissions;
  return [
    '$JS.API.INFO',
    '$JS.FC.>',
    ...publishes,
    ...inspects.map((stream) => `$JS.API.STREAM.INFO.${stream}`),
    ...consumes.flatMap(consumeSubjects),
    ...[...reads, ...writes].flatMap(readBucketSubjects),
    ...writes.map((bucket) => `$KV.${bucket}.>`),
  ];
}

/** The subjects a service may subscribe to. */
export function allowedSubscriptions(service: string): string[] {
  return [answersTo(service), ...(permissionsOf(service).hears ?? [])];
}

/** Where a service hears the answers to what it asked. */
function answersTo(service: string): string {
  return `${inboxPrefixOf(service)}.>`;
}

function permissionsOf(service: string): Permissions {
  const permissions = BUS_PERMISSIONS[service];
  if (permissions === undefined) throw new Error(`no bus permissions for ${service}`);
  return permissions;
}

function consumeSubjects(stream: string): string[] {
  const consumer = ['CREATE', 'DURABLE.CREATE', 'DELETE', 'INFO', 'MSG.NEXT'];
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    ...consumer.map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.>`),
    `$JS.ACK.${stream}.>`,
  ];
}

function readBucketSubjects(bucket: string): string[] {
  const stream = `KV_${bucket}`;
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
    `$JS.API.CONSUMER.INFO.${stream}.>`,
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
  ];
}
