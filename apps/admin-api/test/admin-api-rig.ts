/** A real admin-api with its own identity on a real bus. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Bus,
  busSeedPath,
  connectBus,
  createBusIdentities,
  openIntake,
  provisionBus,
  renderServerConfig,
} from '@mcplog/message-bus';
import { SYSTEM_STREAM, type SystemRecord } from '@mcplog/protocol';
import { openRegistry, type Registry } from '@mcplog/registry';
import {
  type ChildProgram,
  eventually,
  freePort,
  makeTempDir,
  startNats,
  startProgram,
} from '@mcplog/test-kit';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export const ADMIN_PASSWORD = 'correct-horse-battery';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape it asked for
  readonly body: any;
}

export interface CallOptions {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Rig {
  readonly url: string;
  readonly logDir: string;
  readonly dataDir: string;
  readonly program: ChildProgram;
  readonly registry: Registry<'users' | 'usernames' | 'instances' | 'jobs' | 'services'>;
  call(path: string, options?: CallOptions): Promise<Answer>;
  login(username: string, password: string): Promise<Answer>;
  adminToken(): Promise<string>;
  /** Another admin-api on the same bus; returns its URL. */
  startAnother(env?: Readonly<Record<string, string>>): Promise<{ url: string }>;
  /** System entries sent so far, oldest first. */
  readonly told: { readonly category: string; readonly record: SystemRecord }[];
  killBus(): Promise<void>;
  restartBus(): Promise<void>;
  stop(): Promise<void>;
}

export async function startAdminApi(env: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const dataDir = await makeTempDir('admin-data');
  const logDir = await makeTempDir('admin-logs');
  const bus = await startBus(dataDir);
  const programs: ChildProgram[] = [];
  const start = async (own: Readonly<Record<string, string>> = {}) => {
    const port = await freePort();
    const program = await startProgram(process.execPath, {
      args: [MAIN],
      env: {
        MCPLOG_NATS_URL: bus.nats.url,
        MCPLOG_NATS_SEED_FILE: busSeedPath(dataDir, 'admin-api'),
        MCPLOG_LOG_DIR: logDir,
        MCPLOG_HTTP_PORT: String(port),
        MCPLOG_ADMIN_PASSWORD: ADMIN_PASSWORD,
        ...env,
        ...own,
      },
    });
    programs.push(program);
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => (await fetch(`${url}/health/ready`)).ok);
    return { program, url };
  };
  const { program, url } = await start();
  const call = (path: string, options: CallOptions = {}) => send(`${url}${path}`, options);
  const login = (username: string, password: string) =>
    call('/api/v1/auth/login', { body: { username, password } });
  return {
    url,
    logDir,
    dataDir,
    program,
    registry: bus.registry,
    call,
    login,
    adminToken: async () => (await login('admin', ADMIN_PASSWORD)).body.data.token,
    startAnother: (own) => start(own),
    told: bus.told,
    killBus: () => bus.nats.kill(),
    restartBus: () => bus.nats.restart(),
    stop: async () => {
      await Promise.all(programs.map((one) => one.end('SIGTERM')));
      await bus.stop();
    },
  };
}

async function startBus(dir: string) {
  const storeDir = await makeTempDir('admin-bus');
  const config = renderServerConfig({
    host: '127.0.0.1',
    port: 4222,
    storeDir,
    fileStoreBytesMax: 2 ** 34,
    serverVersion: '2.9.10',
    syncAlways: false,
    publicKeys: createBusIdentities(dir),
  });
  const nats = await startNats({ config, storeDir });
  const connect = async (app: string) =>
    connectBus({
      url: nats.url,
      app,
      seed: (await readFile(busSeedPath(dir, app), 'utf8')).trim(),
    });
  const bus = await connect('provisioner');
  await provisionBus(bus);
  const registry = await openRegistry(bus, {
    watch: ['users', 'usernames', 'instances', 'jobs', 'services'],
  });
  const writer = await connect('log-writer');
  const told: Rig['told'] = [];
  const intake = listen(writer, told);
  return {
    nats,
    registry,
    told,
    stop: async () => {
      await intake.close();
      registry.close();
      await writer.close();
      await bus.close();
      await nats.stop();
    },
  };
}

function listen(bus: Bus, told: Rig['told']) {
  return openIntake(bus, {
    stream: SYSTEM_STREAM,
    consumer: 'test',
    filterSubject: 'system.*',
    onMessage: (message) => {
      const category = message.subject.replace('system.', '');
      told.push({ category, record: JSON.parse(message.payload.toString('utf8')) });
      message.ack();
    },
  });
}

async function send(
  url: string,
  { method, token, body, headers = {} }: CallOptions,
): Promise<Answer> {
  const answer = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...headers,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text && JSON.parse(text) };
}

/** Where the log-writer keeps a system category. */
export function systemLogFile(logDir: string, category: string): string {
  return join(logDir, 'system', `${category}.log`);
}
