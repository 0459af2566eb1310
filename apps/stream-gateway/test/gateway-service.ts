import { fileURLToPath } from 'node:url';
import { tokenKey } from '@mcplog/access-control';
import { encodeEntry, makeSeq } from '@mcplog/log-entry';
import { openLogWriter } from '@mcplog/log-store/writer';
import { connectBus, provisionBus } from '@mcplog/message-bus';
import { encodeTailMessage, type LiveMessage, tailSubject } from '@mcplog/protocol';
import { openRegistry } from '@mcplog/registry';
import { eventually, freePort, makeTempDir, startNats, startProgram } from '@mcplog/test-kit';
import { WebSocket } from 'ws';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const FUTURE = new Date(Date.now() + 3_600_000).toISOString();

/** A real gateway with a bus and log files; ann owns instance i1, bob owns i2. */
export async function startGateway() {
  const nats = await startNats();
  const bus = await connectBus({ url: nats.url, app: 'test' });
  await provisionBus(bus);
  const registry = await openRegistry(bus, { watch: ['sessions', 'instances'] });
  const createdAt = new Date().toISOString();
  for (const [username, role] of [
    ['ann', 'user'],
    ['bob', 'user'],
    ['root', 'admin'],
  ] as const) {
    const session = { userId: username, username, role, createdAt, expiresAt: FUTURE };
    await registry.sessions.create(tokenKey(`token-${username}`), session);
  }
  for (const [id, userId] of [
    ['i1', 'ann'],
    ['i2', 'bob'],
  ] as const) {
    const state = {
      desired: 'stopped',
      restartCount: 0,
      env: {},
      sealedEnv: '',
      createdAt,
    } as const;
    await registry.instances.create(id, { id, userId, service: 'everything', name: id, ...state });
  }
  const logDir = await makeTempDir('logs');
  const port = await freePort();
  const program = await startProgram(process.execPath, {
    args: [MAIN],
    env: {
      MCPLOG_NATS_URL: nats.url,
      MCPLOG_LOG_DIR: logDir,
      MCPLOG_HTTP_PORT: String(port),
      MCPLOG_LOG_LEVEL: 'warn',
    },
  });
  const address = `127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`http://${address}/health/ready`)).ok);
  const store = openLogWriter({ root: logDir, onFinding: () => undefined });
  const stop = async () => {
    await program.end('SIGTERM');
    await store.close();
    registry.close();
    await bus.close();
    await nats.stop();
  };
  return { address, bus, registry, store, stop };
}

export type GatewayService = Awaited<ReturnType<typeof startGateway>>;

export interface Written {
  readonly userId?: string;
  readonly instanceId?: string;
  readonly from: number;
  readonly to: number;
  /** Written to the file only, as if the bus had lost the message. */
  readonly silent?: boolean;
}

/** Appends entries `from`..`to` as the log-writer does and tells the tail subject. */
export function write(
  { bus, store }: Pick<GatewayService, 'bus' | 'store'>,
  written: Written,
): void {
  const { userId = 'ann', instanceId = 'i1', from, to, silent = false } = written;
  const target = { kind: 'instance', userId, instanceId, file: 'app' } as const;
  const previousSeq = store.lastSeq(target);
  const lines = range(from, to)
    .map((n) => encodedEntry(n, userId, instanceId))
    .join('');
  const [firstSeq, lastSeq, count] = [makeSeq(1, from), makeSeq(1, to), to - from + 1];
  store.append(target, Buffer.from(lines), { firstSeq, lastSeq, count });
  if (silent) return;
  const header = { previousSeq, lastSeq, count };
  bus.publish(tailSubject(userId, instanceId), encodeTailMessage(header, Buffer.from(lines)));
}

function encodedEntry(n: number, userId: string, instanceId: string): string {
  const metadata = {
    seq: makeSeq(1, n),
    type: 'stdout',
    userId,
    instanceId,
    service: 'everything',
  } as const;
  const level = n % 10 === 0 ? 'error' : 'info';
  const timestamp = new Date().toISOString();
  return `${encodeEntry({ timestamp, level, message: `message ${n}`, metadata })}\n`;
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** A WebSocket client that keeps what it is sent. */
export interface TailClient {
  readonly socket: WebSocket;
  readonly messages: LiveMessage[];
  /** The n of every entry received, in order of arrival. */
  numbers(): number[];
  readonly closed: Promise<number>;
}

/** @throws Error with the HTTP status when the upgrade is refused */
export async function openTail(
  address: string,
  path: string,
  { token, subscribe }: { token?: string; subscribe?: object } = {},
): Promise<TailClient> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`ws://${address}${path}`, { headers });
  const messages: LiveMessage[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      reject(new Error(`refused with ${response.statusCode}`));
    });
  });
  if (subscribe !== undefined) socket.send(JSON.stringify({ type: 'subscribe', ...subscribe }));
  await eventually(() => messages.some(({ type }) => type === 'subscribed' || type === 'error'));
  return { socket, messages, closed, numbers: () => messages.flatMap(numbersOf) };
}

function numbersOf(message: LiveMessage): number[] {
  if (message.type === 'log_entry') return [message.data.metadata.seq % 2 ** 32];
  if (message.type === 'entries') return message.data.map(({ metadata }) => metadata.seq % 2 ** 32);
  return [];
}
