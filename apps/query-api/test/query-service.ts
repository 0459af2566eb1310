import { fileURLToPath } from 'node:url';
import { tokenKey } from '@mcplog/access-control';
import { encodeEntry, type LogFile, makeSeq } from '@mcplog/log-entry';
import { openLogWriter } from '@mcplog/log-store/writer';
import { connectBus, provisionBus } from '@mcplog/message-bus';
import type { InstanceRecord } from '@mcplog/protocol';
import { openRegistry } from '@mcplog/registry';
import { eventually, freePort, makeTempDir, startNats, startProgram } from '@mcplog/test-kit';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const FUTURE = new Date(Date.now() + 3_600_000).toISOString();

/** A real query-api with a bus, log files, two users (ann, bob) and an administrator (root). */
export async function startQueryService(env: Readonly<Record<string, string>> = {}) {
  const nats = await startNats();
  const bus = await connectBus({ url: nats.url, app: 'test' });
  await provisionBus(bus);
  const registry = await openRegistry(bus, {
    watch: ['sessions', 'instances', 'instance_status', 'catalogue'],
  });
  for (const [username, role] of [
    ['ann', 'user'],
    ['bob', 'user'],
    ['root', 'admin'],
  ] as const) {
    const createdAt = new Date().toISOString();
    const session = { userId: username, username, role, createdAt, expiresAt: FUTURE };
    await registry.sessions.create(tokenKey(`token-${username}`), session);
  }
  const logDir = await makeTempDir('logs');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = await startProgram(process.execPath, {
    args: [MAIN],
    env: {
      MCPLOG_NATS_URL: nats.url,
      MCPLOG_LOG_DIR: logDir,
      MCPLOG_HTTP_PORT: String(port),
      MCPLOG_MASTER_KEY_FILE: `${await makeTempDir('key')}/master.key`,
      MCPLOG_LOG_LEVEL: 'warn',
      ...env,
    },
  });
  await eventually(async () => (await fetch(`${url}/health/ready`)).ok);
  const call = (user: string, path: string, init: RequestInit = {}) => {
    const body = init.body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { authorization: `Bearer token-${user}`, ...body, ...init.headers };
    return fetch(`${url}${path}`, { ...init, headers });
  };
  const stop = async () => {
    await program.end('SIGTERM');
    registry.close();
    await bus.close();
    await nats.stop();
  };
  return { url, registry, bus, logDir, call, stop, program };
}

export type QueryService = Awaited<ReturnType<typeof startQueryService>>;

/** Makes an instance of a user, without anything running. */
export async function addInstance(
  service: QueryService,
  id: string,
  { userId, item = 'everything' }: { userId: string; item?: string },
) {
  const record: InstanceRecord = {
    id,
    userId,
    service: item,
    name: id,
    desired: 'stopped',
    restartCount: 0,
    env: {},
    sealedEnv: '',
    createdAt: new Date().toISOString(),
  };
  await service.registry.instances.create(id, record);
  await eventually(async () => (await service.call(userId, `/api/v1/mcps/${id}`)).ok);
}

export interface PlannedEntry {
  readonly n: number;
  readonly file: LogFile;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly extra?: Record<string, unknown>;
}

/** Writes entries as the log-writer does, one minute apart from 12:00 on. */
export async function writeEntries(
  { logDir }: QueryService,
  owner: { userId: string; instanceId: string },
  entries: readonly PlannedEntry[],
) {
  const store = openLogWriter({ root: logDir, onFinding: () => undefined });
  for (const { n, file, level, message, extra } of entries) {
    const seq = makeSeq(1, n);
    const timestamp = new Date(Date.UTC(2026, 10, 23, 12, n)).toISOString();
    const type = file === 'error' ? 'stderr' : file === 'access' ? 'http' : 'stdout';
    const metadata = { seq, type, ...owner, service: 'everything', ...extra } as const;
    const line = `${encodeEntry({ timestamp, level, message, metadata })}\n`;
    const range = { firstSeq: seq, lastSeq: seq, count: 1 };
    store.append({ kind: 'instance', ...owner, file }, Buffer.from(line), range);
  }
  await store.close();
}
