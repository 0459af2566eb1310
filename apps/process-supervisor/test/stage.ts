/** A real broker, registry rows and a real supervisor process, for the tests of this folder. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSealer, newToken, tokenKey } from '@mcplog/access-control';
import {
  type Bus,
  busSeedPath,
  connectBus,
  createBusIdentities,
  type Intake,
  openIntake,
  provisionBus,
  renderServerConfig,
} from '@mcplog/message-bus';
import {
  CAPTURE_STREAM,
  type CatalogueItem,
  decodeCaptureBatch,
  type InstanceRecord,
  SYSTEM_STREAM,
  SystemRecord,
  systemSubject,
} from '@mcplog/protocol';
import { openRegistry } from '@mcplog/registry';
import {
  type ChildProgram,
  eventually,
  freePort,
  isAlive,
  makeTempDir,
  startNats,
  startProgram,
  type TestServer,
} from '@mcplog/test-kit';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Value } from 'typebox/value';
import { listPids, readEnvironment } from '../src/instances/proc.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
export const NUMBERED_SERVER = fileURLToPath(
  new URL('../../../tools/load-generator/src/numbered-server.ts', import.meta.url),
);

/** One entry as it left the supervisor. */
export interface SeenEntry {
  readonly instanceId: string;
  readonly userId: string;
  readonly run: number;
  readonly n: number;
  readonly timestampMs: number;
  readonly type: string;
  readonly level: string | undefined;
  readonly message: string;
  readonly metadata: Record<string, unknown>;
}

export interface Stage {
  readonly nats: TestServer;
  readonly bus: Bus;
  readonly registry: Awaited<ReturnType<typeof openTables>>;
  readonly dataDir: string;
  readonly url: string;
  /** Token of user `ann`, and of `ben`. */
  readonly tokens: { readonly ann: string; readonly ben: string };
  supervisor(): ChildProgram;
  startSupervisor(env?: Record<string, string>): Promise<void>;
  addItem(item: Partial<CatalogueItem> & { service: string; command: string }): Promise<void>;
  addInstance(
    service: string,
    more?: Partial<InstanceRecord> & { secrets?: Record<string, string> },
  ): Promise<string>;
  /** Everything captured so far, in order of arrival; begins to read at the first call. */
  entries(): SeenEntry[];
  entriesOf(instanceId: string): SeenEntry[];
  /** Entries of ours for pm2.log so far; begins to read at the first call. */
  pm2(): SystemRecord[];
  /** Stops taking batches from the stream until it is called again. */
  pauseReading(isPaused: boolean): void;
  /** An MCP client of user `ann`, connected through the bridge. */
  connect(instanceId: string): Promise<Client>;
  fetch(path: string, init?: RequestInit & { as?: 'ann' | 'ben' }): Promise<Response>;
  close(): Promise<void>;
}

/** The numbers of what a numbered server printed, as they were captured. */
export function numberedLines(entries: readonly SeenEntry[]): number[] {
  return entries
    .flatMap(({ message }) => message.match(/^line \d+/gm) ?? [])
    .map((line) => Number(line.slice(5)));
}

function openTables(bus: Bus) {
  return openRegistry(bus, {
    watch: ['catalogue', 'instances', 'instance_status', 'sessions', 'services', 'runs'],
  });
}

/** A broker with accounts: the supervisor may do only what its identity allows. */
async function startBroker(keyDir: string): Promise<TestServer> {
  const storeDir = await makeTempDir('bus-store');
  const config = renderServerConfig({
    host: '127.0.0.1',
    port: 4222,
    storeDir,
    fileStoreBytesMax: 2 ** 33,
    serverVersion: '2.9.10',
    syncAlways: false,
    publicKeys: createBusIdentities(keyDir),
  });
  return startNats({ config, storeDir });
}

async function connectAs(app: string, { url }: TestServer, keyDir: string): Promise<Bus> {
  const seed = readFileSync(busSeedPath(keyDir, app), 'utf8').trim();
  return connectBus({ url, app, seed });
}

export async function openStage(): Promise<Stage> {
  const keyDir = await makeTempDir('bus-keys');
  const nats = await startBroker(keyDir);
  const dataDir = await makeTempDir('supervisor');
  const masterKey = randomBytes(32);
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'master.key'), `${masterKey.toString('base64')}\n`);
  chmodSync(join(dataDir, 'master.key'), 0o600);
  const bus = await connectAs('provisioner', nats, keyDir);
  await provisionBus(bus);
  const writerBus = await connectAs('log-writer', nats, keyDir);
  const registry = await openTables(bus);
  const tokens = { ann: newToken(), ben: newToken() };
  for (const [username, token] of Object.entries(tokens)) {
    await registry.sessions.put(tokenKey(token), {
      userId: username,
      username,
      role: 'user',
      createdAt: new Date().toISOString(),
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let supervisor: ChildProgram | undefined;
  let intake: Intake | undefined;
  let resume: Promise<void> = Promise.resolve();
  let open = () => {};
  const seen: SeenEntry[] = [];
  const newest = new Map<string, SeenEntry>();
  const startReading = () => {
    intake ??= openIntake(writerBus, {
      stream: CAPTURE_STREAM,
      consumer: 'stage',
      filterSubject: 'capture.*',
      onMessage: async (message) => {
        await resume;
        keepNew(seen, newest, message.payload);
        message.ack();
      },
    });
  };
  let systemIntake: Intake | undefined;
  const pm2: SystemRecord[] = [];
  const stage: Stage = {
    nats,
    bus,
    registry,
    dataDir,
    url,
    tokens,
    supervisor: () => {
      if (supervisor === undefined) throw new Error('the supervisor was not started');
      return supervisor;
    },
    startSupervisor: async (env = {}) => {
      supervisor = await startProgram(process.execPath, {
        args: [MAIN],
        env: {
          MCPLOG_NATS_URL: nats.url,
          MCPLOG_NATS_SEED_FILE: busSeedPath(keyDir, 'process-supervisor'),
          MCPLOG_DATA_DIR: dataDir,
          MCPLOG_HTTP_PORT: String(port),
          REDIS_URL: undefined,
          ...env,
        },
      });
      await eventually(async () => (await fetch(`${url}/health/live`)).ok, {
        timeoutMs: 45_000,
      }).catch((error) => {
        throw new Error(supervisor?.output(), { cause: error });
      });
    },
    addItem: (item) =>
      registry.catalogue.put(item.service, {
        args: [],
        env: {},
        transport: 'stdio',
        routing: { stderr: 'error-log' },
        updatedAt: new Date().toISOString(),
        ...item,
      }),
    addInstance: async (service, { secrets = {}, ...more } = {}) => {
      const id = more.id ?? `${service}-${randomBytes(4).toString('hex')}`;
      await registry.instances.put(id, {
        id,
        userId: 'ann',
        service,
        name: service,
        desired: 'running',
        restartCount: 0,
        env: {},
        sealedEnv: createSealer(masterKey).seal(JSON.stringify(secrets), id),
        createdAt: new Date().toISOString(),
        ...more,
      });
      return id;
    },
    entries: () => {
      startReading();
      return seen;
    },
    entriesOf: (instanceId) => {
      startReading();
      return seen.filter((entry) => entry.instanceId === instanceId);
    },
    pm2: () => {
      systemIntake ??= openIntake(writerBus, {
        stream: SYSTEM_STREAM,
        consumer: 'stage-system',
        filterSubject: systemSubject('pm2'),
        onMessage: async (message) => {
          pm2.push(Value.Parse(SystemRecord, JSON.parse(message.payload.toString('utf8'))));
          message.ack();
        },
      });
      return pm2;
    },
    pauseReading: (isPaused) => {
      if (!isPaused) open();
      else {
        resume = new Promise((resolve) => {
          open = resolve;
        });
      }
    },
    connect: async (instanceId) => {
      // The supervisor learns of a new instance a moment after it is in the registry.
      await eventually(() => registry.instance_status.get(instanceId));
      const client = new Client({ name: 'stage', version: '1' });
      const headers = { authorization: `Bearer ${tokens.ann}` };
      const endpoint = new URL(`${url}/mcp/${instanceId}`);
      const transport = new StreamableHTTPClientTransport(endpoint, { requestInit: { headers } });
      await client.connect(transport as Parameters<Client['connect']>[0]);
      return client;
    },
    fetch: (path, { as = 'ann', headers, ...init } = {}) =>
      fetch(`${url}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${tokens[as]}`, ...headers },
      }),
    close: async () => {
      open();
      if (!isAlive(nats.pid)) await nats.restart();
      await supervisor?.end('SIGTERM');
      await intake?.close();
      await systemIntake?.close();
      registry.close();
      await bus.close();
      await writerBus.close();
      await nats.kill();
    },
  };
  return stage;
}

/** Calls a tool and gives the text of its answer. */
export async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const answer = await client.callTool({ name, arguments: args }, undefined, { timeout: 60_000 });
  return (answer.content as { text: string }[])[0]?.text ?? '';
}

/** Bytes of text that are held of an instance and not entries yet; sealed, so a little more. */
export function heldTextBytes({ dataDir }: Stage, instanceId: string): number {
  const paths = [0, 1].map((slot) => join(dataDir, 'supervisor', 'held', `${instanceId}.${slot}`));
  const files = paths.filter(existsSync).map((path) => readFileSync(path));
  const newest = files.toSorted((a, b) => b.readDoubleLE(0) - a.readDoubleLE(0))[0];
  return newest?.readUInt32LE(40) ?? 0;
}

/** Pids of the pipe readers of this stage. */
export function pipeReaders({ dataDir }: Stage): number[] {
  return listPids().filter((pid) =>
    readEnvironment(pid).some((line) => line.startsWith(`NODE_COMPILE_CACHE=${dataDir}/`)),
  );
}

/** As the log-writer does: what is not newer than the last of its instance was there before. */
function keepNew(seen: SeenEntry[], newest: Map<string, SeenEntry>, payload: Buffer): void {
  for (const { header, records } of decodeCaptureBatch(payload)) {
    const { instanceId, userId, run } = header;
    let n = header.firstN;
    for (const record of records) {
      const last = newest.get(instanceId);
      const isNew = last === undefined || run > last.run || (run === last.run && n > last.n);
      if (isNew) {
        const { timestampMs, type, level } = record;
        const message = record.message.toString('utf8');
        const metadata = JSON.parse(`{${record.metadata.toString('utf8')}}`);
        const entry = { instanceId, userId, run, n, timestampMs, type, level, message, metadata };
        seen.push(entry);
        newest.set(instanceId, entry);
      }
      n++;
    }
  }
}
