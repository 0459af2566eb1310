/** Does any secret lie unmasked in any file: logs, store of the bus, spool, held text, registry? */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { LogEntry } from '@mcplog/log-entry';
import type { JobView } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Needle, needlesOf, partsOf, searchBelow } from '../src/byte-search.ts';
import { logsPath, readAll, untilFound } from '../src/logs.ts';
import { type Client, callTool, connectMcp } from '../src/mcp.ts';
import { isRemote, type LocalParts, type Product, startProduct } from '../src/product.ts';
import {
  EVERYTHING_ITEM,
  type NewUser,
  NUMBERED_ITEM,
  openScene,
  type Scene,
} from '../src/scene.ts';
import { openTail } from '../src/tail.ts';

/** Shows that the search looks where texts are: it is no secret. */
const VISIBLE = 'seen-by-everybody-4711';

/** Of a known form, in the arguments of a command: an administrator wrote it into the catalogue. */
const ARGUMENT = `ghp_${randomBytes(18).toString('hex')}`;

type Secrets = Readonly<Record<string, string>>;

/** A token, something that needs every kind of escape, an address with a password, and a key. */
function makeSecrets(): Secrets {
  return {
    API_TOKEN: `tok${randomBytes(18).toString('base64url')}A7z`,
    ODD: `Sesame/open+${randomBytes(3).toString('hex')}&"x9"=ä\\-kept-quiet`,
    DATABASE_URL: `postgres://app:pw${randomBytes(9).toString('hex')}@db.internal:5432/logs`,
    PRIVATE_KEY: generateKeyPairSync('ec', { namedCurve: 'secp521r1' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString()
      .trim(),
  };
}

function needlesOfAll(owner: string, secrets: Secrets): Needle[] {
  const { API_TOKEN = '', DATABASE_URL = '', PRIVATE_KEY = '' } = secrets;
  const password = new URL(DATABASE_URL).password;
  const keyLines = PRIVATE_KEY.split('\n').slice(1, -1).filter(isTelling);
  return [
    ...Object.entries(secrets).flatMap(([name, value]) => needlesOf(`${owner} ${name}`, value)),
    ...partsOf(`${owner} API_TOKEN`, API_TOKEN),
    ...needlesOf(`${owner} password in DATABASE_URL`, password),
    ...keyLines.flatMap((line, at) => needlesOf(`${owner} PRIVATE_KEY line ${at}`, line)),
  ];
}

/** The key's last line is a few digits and padding. */
const isTelling = (line: string) => line.length >= 12;

/** What careless programs print of a value they know. */
function printedForms(secret: string): string[] {
  const json = JSON.stringify({ token: secret, [VISIBLE]: true });
  const base64 = Buffer.from(secret).toString('base64');
  const middle = Math.ceil(secret.length / 2);
  const [left, right] = [secret.slice(0, middle), secret.slice(middle)];
  return [
    `value ${secret} of ${VISIBLE}`,
    json,
    JSON.stringify({ body: json }),
    `https://example.com/?token=${encodeURIComponent(secret)}&page=2`,
    `GET /cb#access_token=${encodeURIComponent(encodeURIComponent(secret))} 200`,
    `Authorization: Basic ${Buffer.from(`ann:${secret}`).toString('base64')}`,
    `cfg=${Buffer.from(json).toString('base64url')}`,
    `bytes ${Buffer.from(secret).toString('hex')}`,
    `${base64.slice(0, 20)}\n${base64.slice(20)}`,
    `${left}\n    ${right}`,
    `\u001b[31m${left}\u001b[1m${right}\u001b[0m`,
    `Error: refused ${secret}\n    at call (/srv/app.js:1:1)\n    at ${secret}`,
    // Lines are cut at 64 KiB: in the middle of it, and right behind.
    `${'long '.repeat(13_104)}${secret.repeat(3)}`,
    JSON.stringify({ level: 50, msg: secret, err: { message: secret, stack: `Error: ${secret}` } }),
  ];
}

interface Actor {
  readonly name: string;
  readonly session: NewUser;
  readonly secrets: Secrets;
  readonly printer: string;
  readonly calls: string;
}

let product: Product;
let parts: LocalParts;
let scene: Scene;
let actors: readonly Actor[];
let needles: readonly Needle[];
/** What was found while the bus was away, right after both were killed, and after the stop. */
const found: Record<'away' | 'killed' | 'stopped', string[]> = {
  away: [],
  killed: [],
  stopped: [],
};
let spooled: string[];
let printed: LogEntry[];

async function addActor(name: string): Promise<Actor> {
  const session = await scene.addUser(name);
  const secrets = makeSecrets();
  const add = (service: string) => scene.addInstance(session, { service, env: secrets });
  return {
    name,
    session,
    secrets,
    printer: await add('test-printer'),
    calls: await add('test-calls'),
  };
}

async function printEverywhere({ session, secrets, printer }: Actor): Promise<void> {
  const client = await connectMcp(session, printer);
  for (const [name, secret] of Object.entries(secrets)) {
    await callTool(client, 'env', { name });
    for (const text of printedForms(secret)) {
      await callTool(client, 'print', { stream: 'stderr', text });
      await callTool(client, 'print', { stream: 'stdout', text });
    }
    await callTool(client, 'print', { stream: 'stdout', text: notification(secret) });
  }
  await client.close();
}

/** The server's own log message in the protocol. */
function notification(secret: string): string {
  const params = { level: 'error', logger: secret, data: { token: secret, list: [secret] } };
  return JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params });
}

/** In arguments, results, names, addresses, and in the reasons of failures. */
async function callEverywhere({ session, secrets, calls }: Actor): Promise<void> {
  const client = await connectMcp(session, calls);
  for (const secret of Object.values(secrets)) {
    await callTool(client, 'echo', { message: `${VISIBLE} ${secret}` });
    await callTool(client, 'get-sum', { a: secret, b: secret });
    await refused(client, () => client.callTool({ name: secret, arguments: {} }));
    await refused(client, () =>
      client.readResource({ uri: `demo://x/?token=${encodeURIComponent(secret)}` }),
    );
    await refused(client, () => client.getPrompt({ name: secret }));
  }
  await client.close();
}

/** Whether it is refused is the server's matter. */
async function refused(client: Client, call: () => Promise<unknown>): Promise<void> {
  await call().catch((error: unknown) => error);
  await client.ping();
}

/** Somebody looks for the secret itself, to see whether it leaked. */
async function askForIt({ session, secrets, printer }: Actor): Promise<void> {
  for (const secret of Object.values(secrets)) {
    const filters = { search: secret.slice(0, 200) };
    await (await session.send('GET', logsPath(printer, filters))).text();
    const body = { format: 'json', filters };
    await (await session.send('POST', `/api/v1/mcps/${printer}/logs/export`, { body })).text();
    (await openTail(session, printer, { filters })).close();
  }
}

/** Its last words stand in the registry and in its death certificate. */
async function crash({ session, secrets, printer }: Actor): Promise<void> {
  // The supervisor may have been killed a moment ago.
  const client = await eventually(() => connectMcp(session, printer), { timeoutMs: 60_000 });
  const text = `ERROR cannot start with ${secrets.ODD} and ${secrets.API_TOKEN}`;
  await callTool(client, 'print', { stream: 'stderr', text });
  await client.callTool({ name: 'crash', arguments: { code: 7 } }).catch(() => undefined);
  await client.close().catch(() => undefined);
  await untilFound(session, printer, { search: 'exit code 7' });
  await scene.untilState(session, printer, 'running');
}

async function runJob(kind: string): Promise<void> {
  const path = `/api/v1/admin/maintenance/${kind}`;
  const { jobId } = await scene.admin.call<{ jobId: string }>('POST', path, {});
  await eventually(
    async () => {
      const job = await scene.admin.call<JobView>('GET', `/api/v1/admin/jobs/${jobId}`);
      return job.status === 'done';
    },
    { timeoutMs: 120_000, intervalMs: 200 },
  );
}

const search = () => searchBelow([parts.logDir, parts.dataDir], needles);

/** With the bus standing still everything lies in the spool; then both are killed. */
async function killBoth(): Promise<void> {
  const bus = parts.signal('nats-server', 'SIGSTOP');
  for (const actor of actors) await printEverywhere(actor);
  spooled = searchBelow([join(parts.dataDir, 'supervisor', 'spool')], [visible]);
  found.away = search();
  const supervisor = parts.signal('process-supervisor', 'SIGKILL');
  parts.signal('nats-server', 'SIGKILL');
  found.killed = search();
  await parts.untilRestarted('nats-server', bus);
  await parts.untilRestarted('process-supervisor', supervisor);
}

const visible: Needle = { name: 'visible', bytes: Buffer.from(VISIBLE) };

describe.skipIf(isRemote)('after traffic, kills and a stop', () => {
  beforeAll(async () => {
    product = await startProduct();
    parts = product.local as LocalParts;
    scene = await openScene(product);
    const declared = Object.keys(makeSecrets()).map((name) => [
      name,
      { secret: true, required: true },
    ]);
    const env = Object.fromEntries(declared);
    const args = [...NUMBERED_ITEM.args, '--api-key', ARGUMENT];
    await scene.putItem('test-printer', { ...NUMBERED_ITEM, args, env });
    await scene.putItem('test-calls', { ...EVERYTHING_ITEM, env });
    actors = [await addActor('ann'), await addActor('bob')];
    needles = actors.flatMap(({ name, secrets }) => needlesOfAll(name, secrets));
    for (const actor of actors) {
      await callEverywhere(actor);
      await askForIt(actor);
      await crash(actor);
    }
    await killBoth();
    for (const actor of actors) await crash(actor);
    await runJob('rotate');
    await runJob('seal');
    const [ann] = actors;
    if (ann !== undefined) printed = await readAll(ann.session, ann.printer);
    await product.stop();
    found.stopped = search();
  }, 300_000);

  afterAll(() => product?.stop());

  test('the search looks where texts are: spool, sealed files, store of the bus', () => {
    expect(spooled).not.toEqual([]);
    const files = searchBelow([parts.logDir, parts.dataDir], [visible]);
    expect(files.filter((file) => file.includes('.gz: '))).not.toEqual([]);
    const masked = printed.filter(({ message }) => message.includes('[masked:secret:'));
    expect(masked.length).toBeGreaterThan(printedForms('').length * 4);
  });

  test('no secret lies anywhere while the bus stands still and the spool is full', () => {
    expect(found.away).toEqual([]);
  });

  test('no secret lies anywhere after both were killed', () => {
    expect(found.killed).toEqual([]);
  });

  test('no secret lies anywhere after a stop, sealed files unpacked', () => {
    expect(found.stopped).toEqual([]);
  });

  test('nothing that the product printed tells one', () => {
    const said = Buffer.from(parts.output());
    expect(needles.filter(({ bytes }) => said.includes(bytes)).map(({ name }) => name)).toEqual([]);
  });

  test('a token in the arguments of a command lies in the catalogue alone', () => {
    const files = searchBelow([parts.logDir, parts.dataDir], needlesOf('argument', ARGUMENT));
    expect(files.filter((file) => !file.includes('/KV_catalogue/'))).toEqual([]);
    expect(printed.some(({ message }) => message.includes('--api-key [masked:'))).toBe(true);
  });

  test('passwords and tokens of people lie nowhere either', () => {
    const logins = actors.flatMap(({ name, session: { token, password } }) => [
      ...needlesOf(`${name} token`, token),
      ...needlesOf(`${name} password`, password),
    ]);
    const own = [...logins, ...needlesOf('admin password', product.adminPassword)];
    expect(searchBelow([parts.logDir, parts.dataDir], own)).toEqual([]);
  });
});
