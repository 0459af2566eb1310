/** What does a hostile server reach, running as one user's instance of the product? */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { LogEntry } from '@mcplog/log-entry';
import {
  eventually,
  type HostileAttempt,
  type HostileTargets,
  hostileServerPath,
  makeTempDir,
  startRedis,
} from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow, instanceDir, readEntries } from '../src/log-files.ts';
import { logsPath, readAll, untilFound } from '../src/logs.ts';
import { callTool, connectMcp } from '../src/mcp.ts';
import { PARTS, parentOf, variableOf } from '../src/processes.ts';
import { isRemote, type LocalParts, type Product, startProduct } from '../src/product.ts';
import { type NewUser, NUMBERED_ITEM, openScene, type Scene } from '../src/scene.ts';

type Redis = Awaited<ReturnType<typeof startRedis>>;
type Requests = NonNullable<HostileTargets['requests']>;
type Talks = NonNullable<HostileTargets['talks']>;

const DOORS = ['process-supervisor', 'query-api', 'stream-gateway', 'admin-api'] as const;
const REDIS_PASSWORD = randomBytes(12).toString('hex');
const BOBS_SECRET = `bob${randomBytes(15).toString('base64url')}`;

let product: Product;
let parts: LocalParts;
let scene: Scene;
let redis: Redis;
let ann: NewUser;
let bob: NewUser;
let bobsId: string;
let hostileId: string;
let targets: HostileTargets;
let attempts: HostileAttempt[];
let before: Record<string, string>;

const pidOf = (part: (typeof PARTS)[number]) => parts.pidOf(part) ?? 0;

function portOf(url: string | undefined): number {
  return Number(new URL(url ?? '').port);
}

/** The seeds of the services' keys, and everything of bob's that somebody could use. */
function marksOf(): string[] {
  const seeds = filesBelow(join(parts.dataDir, 'bus')).map((file) => readFileSync(file, 'utf8'));
  return [BOBS_SECRET, bob.token, bob.password, product.adminPassword, ...seeds.map(trim)];
}

const trim = (text: string) => text.trim();

function filesOf(dir: string): string[] {
  return existsSync(dir) ? filesBelow(dir) : [];
}

/** As strong as somebody who knows where everything is, and what it is called. */
function makeTargets(bobsPid: number): HostileTargets {
  const { dataDir, logDir } = parts;
  const bobsLogs = instanceDir(logDir, bob.user.id, bobsId);
  const kept = ['bus', 'run', 'supervisor', 'nats'].flatMap((name) => filesOf(join(dataDir, name)));
  const single = ['master.key', 'local-access.json', 'mcplog.lock'];
  const folders = ['', 'bus', 'nats', 'run', 'supervisor', 'instances', `instances/${bobsId}`];
  const supervised = filesOf(join(dataDir, 'supervisor')).concat(sockets(dataDir));
  return {
    files: [...single.map((name) => join(dataDir, name)), ...kept, ...filesOf(logDir)],
    folders: [
      ...folders.map((name) => join(dataDir, name)),
      ...[logDir, join(logDir, 'users'), bobsLogs, join(logDir, 'system')],
    ],
    sockets: supervised.filter((path) => path.endsWith('.sock')),
    busPorts: [portOf(variableOf(pidOf('query-api'), 'MCPLOG_NATS_URL'))],
    pids: [bobsPid, parentOf(bobsPid) ?? 0, process.pid, ...PARTS.map(pidOf)].filter(Boolean),
    marks: marksOf(),
    searched: ['/'],
    talks: makeTalks(),
    requests: makeRequests(),
  };
}

function sockets(dir: string): string[] {
  const items = readdirSync(dir, { recursive: true, withFileTypes: true });
  return items.filter((item) => item.isSocket()).map((item) => join(item.parentPath, item.name));
}

/** With guessed names and passwords, and with a service's name but not its key. */
function makeTalks(): Talks {
  const port = portOf(variableOf(pidOf('query-api'), 'MCPLOG_NATS_URL'));
  const config = readFileSync(join(parts.dataDir, 'nats', 'nats.conf'), 'utf8');
  const [publicKey = ''] = /U[A-Z2-7]{55}/.exec(config) ?? [];
  const guesses: Record<string, object> = {
    'bus as admin': { user: 'admin', pass: 'admin' },
    'bus as mcplog': { user: 'mcplog', pass: 'mcplog' },
    'bus with a token': { auth_token: 'secret' },
    'bus as a service': { nkey: publicKey, sig: randomBytes(64).toString('base64url') },
  };
  const bus = Object.entries(guesses).map(([name, login]) => ({
    name,
    port,
    say: `CONNECT ${JSON.stringify({ verbose: false, ...login })}\r\nSUB > 1\r\nPING\r\n`,
    success: 'PONG',
  }));
  // The answer to QUIT is what ends the wait; it says nothing about who may ask.
  const ask = { port: portOf(redis.url), success: '+PONG' };
  return [
    ...bus,
    { ...ask, name: 'redis', say: 'PING\r\nKEYS *\r\nQUIT\r\n' },
    { ...ask, name: 'redis with a guess', say: 'AUTH admin\r\nPING\r\nQUIT\r\n' },
  ];
}

/** Every door with bob's logs behind it, at the one origin and at the services themselves. */
function makeRequests(): Requests {
  const origin = portOf(product.url);
  const ports = [
    origin,
    ...DOORS.map((part) => Number(variableOf(pidOf(part), 'MCPLOG_HTTP_PORT'))),
  ];
  const host = new URL(product.url).host;
  const guessed = { host, authorization: `Bearer ${randomBytes(32).toString('base64url')}` };
  const spoofed = { host, 'x-forwarded-for': '10.0.0.1', 'x-user-id': bob.user.id };
  const cookie = { host, cookie: 'mcplog_session=admin', origin: product.url };
  const paths = [
    logsPath(bobsId),
    '/api/v1/mcps',
    '/api/v1/admin/logs/system?category=security',
    '/api/v1/admin/users',
    `/mcp/${bobsId}`,
    `/ws/mcps/${bobsId}/logs`,
  ];
  const looks = ports.flatMap((port) =>
    paths.flatMap((path) =>
      [{}, guessed, spoofed, cookie].map((headers) => ({ name: 'ask', port, path, headers })),
    ),
  );
  const json = { host, 'content-type': 'application/json' };
  const logins = ['admin', 'password', 'mcplog'].map((password) => ({
    name: 'log in',
    port: origin,
    path: '/api/v1/auth/login',
    method: 'POST',
    headers: json,
    body: JSON.stringify({ username: 'admin', password }),
  }));
  return [...looks, ...logins];
}

/** Redis as an operator should have it: with a password. */
async function startLockedRedis(): Promise<Redis> {
  const server = await startRedis();
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(`CONFIG SET requirepass ${REDIS_PASSWORD}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  expect(answer.toString()).toBe('+OK\r\n');
  return server;
}

function hashes(): Record<string, string> {
  const files = [join(parts.dataDir, 'master.key'), ...filesOf(join(parts.dataDir, 'bus'))];
  const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
  return Object.fromEntries(files.map((file) => [file, hash(file)]));
}

function attemptsIn(texts: readonly string[]): HostileAttempt[] {
  const told = texts.filter((text) => text.startsWith('{"attempt"'));
  return told.map((text) => JSON.parse(text) as HostileAttempt);
}

async function releaseHostile(): Promise<void> {
  const dir = await makeTempDir('hostile');
  // Enclosed servers run under a user of their own.
  chmodSync(dir, 0o755);
  writeFileSync(join(dir, 'targets.json'), JSON.stringify(targets));
  await scene.putItem('test-hostile', { command: 'node', args: [hostileServerPath, dir] });
  hostileId = await scene.addInstance(ann, { service: 'test-hostile' });
  await eventually(
    async () => {
      const entries = await readAll(ann, hostileId, { type: 'stderr' });
      attempts = attemptsIn(entries.map(({ message }) => message));
      return attempts.at(-1)?.attempt === 'done';
    },
    { timeoutMs: 120_000, intervalMs: 500 },
  );
}

function named(name: string): HostileAttempt[] {
  return attempts.filter(({ attempt }) => attempt === name);
}

describe.skipIf(isRemote)('a hostile server', () => {
  beforeAll(async () => {
    redis = await startLockedRedis();
    const address = redis.url.replace('://', `://:${REDIS_PASSWORD}@`);
    product = await startProduct({ REDIS_URL: address });
    parts = product.local as LocalParts;
    scene = await openScene(product);
    [ann, bob] = [await scene.addUser('ann'), await scene.addUser('bob')];
    await scene.putItem('test-numbered', NUMBERED_ITEM);
    const env = { API_TOKEN: BOBS_SECRET };
    bobsId = await scene.addInstance(bob, { service: 'test-numbered', env });
    const client = await connectMcp(bob, bobsId);
    await callTool(client, 'print', { stream: 'stderr', text: 'only for bob' });
    const { pid } = JSON.parse(await callTool(client, 'stats')) as { pid: number };
    await client.close();
    await untilFound(bob, bobsId, { search: 'only for bob' });
    const view = await scene.untilState(bob, bobsId, 'running');
    targets = makeTargets(view.pid ?? pid);
    before = hashes();
    await releaseHostile();
  }, 240_000);

  afterAll(async () => {
    await product?.stop();
    await redis?.stop();
  });

  test('tried everything that it was told of', () => {
    const doors = targets.requests?.length ?? 0;
    expect(named('ask').length + named('log in').length).toBe(doors);
    expect(named('read').length).toBe(targets.files.length);
    expect(targets.files.length).toBeGreaterThan(20);
    expect(targets.sockets.length).toBeGreaterThan(0);
    expect(named('trace').length).toBe(targets.pids.length);
    expect(named('find in environments').length).toBe(targets.marks.length);
  });

  test('got nothing: no file, key, token, process, memory, service or door of others', () => {
    const done = attempts.filter(({ outcome }) => outcome === 'done');
    // What it makes in its own view of the world harms nobody.
    const got = done.filter(({ attempt }) => !/^(append|create in)$/.test(attempt));
    expect(got.map(({ attempt, detail }) => `${attempt}: ${detail}`).sort()).toEqual([
      // The way to its own home, and nothing beside it.
      'list: instances',
      `list: ${hostileId}`,
      'write at home: ',
    ]);
  });

  test('changed nothing of others', async () => {
    expect(hashes()).toEqual(before);
    const files = ['app', 'access', 'error'].map((name) =>
      readEntries(join(instanceDir(parts.logDir, bob.user.id, bobsId), `${name}.log`)),
    );
    expect(JSON.stringify(files)).not.toContain('forged');
    const client = await connectMcp(bob, bobsId);
    expect(await callTool(client, 'env', { name: 'API_TOKEN' })).toBe('printed');
    await client.close();
  });

  test('is told of in security.log where it could be seen', async () => {
    const file = join(parts.logDir, 'system', 'security.log');
    const eventsOf = (name: string) =>
      readEntries(file).filter(({ metadata }) => metadata.event === name);
    const count = (name: string) => eventsOf(name).length;
    await eventually(() => count('bus_login_refused') > 0 && count('login_failed') > 0, {
      timeoutMs: 60_000,
    });
    expect(count('not_logged_in')).toBeGreaterThan(0);
    const refused = eventsOf('bus_login_refused').map(({ metadata }) => Number(metadata.count));
    expect(Math.max(...refused)).toBeGreaterThan(0);
    const path = '/api/v1/admin/logs/system?category=security&time_range=1h&search=bus';
    const { logs } = await scene.admin.call<{ logs: LogEntry[] }>('GET', path);
    expect(logs.length).toBeGreaterThan(0);
  });

  test('finds no secret on the pages of figures that every local program may read', async () => {
    const monitor = variableOf(pidOf('admin-api'), 'MCPLOG_NATS_MONITOR_URL');
    const doors = DOORS.map(
      (part) => `http://127.0.0.1:${variableOf(pidOf(part), 'MCPLOG_HTTP_PORT')}`,
    );
    const pages = [
      ...['varz', 'connz?subs=detail&auth=true', 'jsz?accounts=true&config=true', 'accountz'].map(
        (page) => `${monitor}/${page}`,
      ),
      ...doors.flatMap((door) => [`${door}/metrics`, `${door}/health/ready`]),
    ];
    for (const page of pages) {
      const text = await (await fetch(page)).text();
      expect(text.length, page).toBeGreaterThan(0);
      for (const mark of targets.marks) expect(text, page).not.toContain(mark);
    }
  });
});

test('the same program does reach what is not kept from it', { timeout: 60_000 }, async () => {
  const dir = await makeTempDir('open');
  const file = join(dir, 'key');
  writeFileSync(file, 'mark-of-the-neighbour');
  const env = { ...process.env, KEY: 'mark-of-the-neighbour' };
  const neighbour = spawn('sleep', ['60'], { env });
  const reachable: HostileTargets = {
    files: [file],
    folders: [dir],
    sockets: [],
    busPorts: [],
    pids: [neighbour.pid ?? 0],
    marks: ['mark-of-the-neighbour'],
    searched: [dir],
    talks: [],
    requests: [],
  };
  try {
    const args = [hostileServerPath, JSON.stringify(reachable)];
    const { stderr } = spawnSync(process.execPath, args, { input: '', encoding: 'utf8' });
    const done = attemptsIn(stderr.split('\n')).filter(({ outcome }) => outcome === 'done');
    const names = new Set(done.map(({ attempt }) => attempt));
    expect([...names]).toEqual(
      expect.arrayContaining([
        ...['read', 'list', 'read environment', 'signal', 'find in files', 'find in environments'],
      ]),
    );
  } finally {
    neighbour.kill('SIGKILL');
  }
});
