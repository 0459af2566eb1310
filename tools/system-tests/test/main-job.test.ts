/** Does the product do its main job: every call, stderr line and masked secret, on every door? */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { encodeEntry, LOG_FILES, type LogEntry } from '@mcplog/log-entry';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesHolding, inOrder, instanceDir, readInstanceFiles } from '../src/log-files.ts';
import {
  exportLogs,
  logsPath,
  type Query,
  readAll,
  readNdjson,
  readPage,
  untilFound,
} from '../src/logs.ts';
import { type Client, callTool, connectMcp } from '../src/mcp.ts';
import { isRemote, openProduct, type Product } from '../src/product.ts';
import { EVERYTHING_ITEM, NUMBERED_ITEM, openScene, type Scene } from '../src/scene.ts';
import type { Session } from '../src/session.ts';
import { openTail, type Tail } from '../src/tail.ts';
import { unzip } from '../src/zip.ts';

const SECRET = 'Sesame/open+4711&"x9"=ä-kept-quiet';
/** Every form in which the raw value could lie somewhere. */
const SECRET_FORMS = [
  SECRET,
  JSON.stringify(SECRET).slice(1, -1),
  encodeURIComponent(SECRET),
  Buffer.from(SECRET).toString('base64').replace(/=+$/, ''),
  Buffer.from(SECRET).toString('base64url'),
];
/** The lines of a private key, which a careless server prints one by one. */
const PRIVATE_KEY = generateKeyPairSync('ec', { namedCurve: 'secp521r1' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
  .trim()
  .split('\n');
const ISO_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const LONG = 'trigger-long-running-operation';

let product: Product;
let scene: Scene;
let ann: Session;
let bob: Session;
let calls: string;
let printer: string;
let live: Tail;
let progress: unknown[];

beforeAll(async () => {
  product = await openProduct();
  scene = await openScene(product);
  [ann, bob] = [await scene.addUser('ann'), await scene.addUser('bob')];
  await scene.putItem('test-everything', EVERYTHING_ITEM);
  await scene.putItem('test-numbered', NUMBERED_ITEM);
  const env = { API_TOKEN: SECRET };
  calls = await scene.addInstance(ann, { service: 'test-everything', name: 'calls', env });
  printer = await scene.addInstance(ann, { service: 'test-numbered', env });
  await scene.addInstance(bob, { service: 'test-everything' });
  live = await openTail(ann, calls);
  await callEverything();
  await printSecrets();
});

afterAll(async () => {
  live?.close();
  await product?.stop();
});

async function callEverything(): Promise<void> {
  const client = await connectMcp(ann, calls);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain('echo');
  expect(await callTool(client, 'echo', { message: 'hello' })).toBe('Echo: hello');
  expect(await callTool(client, 'get-sum', { a: 'no number' })).toContain('-32602');
  expect(await callTool(client, 'no-such-tool')).toContain('not found');
  progress = await callWithProgress(client);
  await callAndCancel(client);
  // Closing at once would take the client's notice of the cancellation back.
  await untilFound(ann, calls, { 'meta.outcome': 'cancelled' });
  await client.close();
}

async function callWithProgress(client: Client): Promise<unknown[]> {
  const steps: unknown[] = [];
  await client.callTool(
    { name: LONG, arguments: { duration: 1, steps: 4 } },
    { onprogress: (step) => void steps.push(step) },
  );
  return steps;
}

async function callAndCancel(client: Client): Promise<void> {
  const cancel = new AbortController();
  const options = { signal: cancel.signal, onprogress: () => cancel.abort('seen enough') };
  const params = { name: LONG, arguments: { duration: 60, steps: 120 } };
  await expect(client.callTool(params, options)).rejects.toThrow('seen enough');
}

async function printSecrets(): Promise<void> {
  const client = await connectMcp(ann, printer);
  for (const line of PRIVATE_KEY) await callTool(client, 'print', { stream: 'stderr', text: line });
  await callTool(client, 'print', { stream: 'stderr', text: `key:\n${PRIVATE_KEY.join('\n')}` });
  expect(await callTool(client, 'env', { name: 'API_TOKEN' })).toBe('printed');
  await expect(client.callTool({ name: 'fail', arguments: { kind: 'rpc' } })).rejects.toThrow();
  await callTool(client, 'print', {
    stream: 'stderr',
    text: `ERROR bad token ${SECRET}, all told`,
  });
  await client.close();
}

const messages = (entries: readonly LogEntry[]) => entries.map(({ message }) => message);
const seqs = (entries: readonly LogEntry[]) => entries.map(({ metadata }) => metadata.seq);

/** Tool, outcome and level of every tool call, oldest first. */
async function outcomes(instanceId: string): Promise<unknown[]> {
  const found = await readAll(ann, instanceId, { 'meta.mcp.method.name': 'tools/call' });
  return found.map(({ level, metadata }) => [
    metadata['gen_ai.tool.name'],
    metadata.outcome,
    level,
  ]);
}

describe('the query API', () => {
  test('tells every call with its outcome, in order', async () => {
    expect(await outcomes(calls)).toEqual([
      ['echo', 'ok', 'info'],
      ['get-sum', 'tool_error', 'error'],
      ['no-such-tool', 'tool_error', 'error'],
      [LONG, 'ok', 'info'],
      [LONG, 'cancelled', 'warn'],
    ]);
    expect(progress).toHaveLength(4);
    const [long] = await untilFound(ann, calls, { search: `${LONG} ok` });
    expect(long?.metadata).toMatchObject({ type: 'http', progressCount: 4 });
  });

  test('tells a JSON-RPC error with its code', async () => {
    const [failed] = await untilFound(ann, printer, { 'meta.outcome': 'rpc_error' });
    expect(failed).toMatchObject({ level: 'error', metadata: { 'error.type': '-32000' } });
  });

  test('tells what the server wrote to stderr', async () => {
    const [line] = await untilFound(ann, calls, { type: 'stderr', search: 'starting default' });
    expect(line?.message).toBe('Starting default (STDIO) server...');
  });

  test('tells the printed secret masked in each encoding', async () => {
    const printed = messages(await readAll(ann, printer, { type: 'stderr' }));
    for (const word of ['plain:', 'json:', 'url:', 'base64:', 'base64url:', 'ERROR bad token']) {
      expect(printed.find((message) => message.includes(word))).toContain('[masked:');
    }
    const all = JSON.stringify(await readAll(ann, printer));
    for (const form of SECRET_FORMS) expect(all).not.toContain(form);
  });

  test('finds by every parameter of the seed and ours', async () => {
    const all = await readAll(ann, calls);
    const agrees = async (query: Query, fits: (entry: LogEntry) => boolean) => {
      const wanted = seqs(all.filter(fits));
      expect(wanted.length, JSON.stringify(query)).toBeGreaterThan(0);
      expect(wanted.length, JSON.stringify(query)).toBeLessThan(all.length);
      expect(seqs(await readAll(ann, calls, query)), JSON.stringify(query)).toEqual(wanted);
    };
    const middle = all.find(({ message }) => message.includes('echo'))?.timestamp ?? '';
    await agrees({ start_time: middle }, ({ timestamp }) => timestamp >= middle);
    await agrees({ end_time: middle }, ({ timestamp }) => timestamp <= middle);
    await agrees({ level: 'error' }, ({ level }) => level === 'error');
    await agrees({ level: 'warn,error' }, ({ level }) => ['warn', 'error'].includes(level));
    await agrees({ min_level: 'warn' }, ({ level }) => ['warn', 'error'].includes(level));
    await agrees({ search: 'TOOLS/call' }, ({ message }) => message.includes('tools/call'));
    await agrees({ search: 'instance_starting' }, ({ metadata }) => metadata.type === 'system');
    await agrees({ regex: '^tools/call (echo|get-sum)' }, ({ message }) =>
      /^tools\/call (echo|get-sum)/.test(message),
    );
    await agrees({ file: 'access' }, ({ metadata }) => metadata.type === 'http');
    await agrees({ type: 'stderr,system' }, ({ metadata }) => metadata.type !== 'http');
    await agrees({ 'meta.outcome': 'ok' }, ({ metadata }) => metadata.outcome === 'ok');
    await agrees({ level: 'info', type: 'http', search: 'echo' }, ({ message }) =>
      message.includes('echo ok'),
    );
  });

  test('pages by offset and by cursor, newest or oldest first, and counts exactly', async () => {
    const all = seqs(await readAll(ann, calls));
    const page = async (query: Query) => {
      const { logs, pagination } = await readPage(ann, calls, query);
      return { seqs: logs.map(({ metadata }) => metadata.seq), ...pagination };
    };
    const first = await page({ limit: 3 });
    expect(first).toMatchObject({ limit: 3, offset: 0, total: all.length, has_more: true });
    expect(first.seqs).toEqual(all.slice(-3).reverse());
    expect((await page({ limit: 3, offset: 2 })).seqs).toEqual(all.slice(-5, -2).reverse());
    expect((await page({ limit: 3, order: 'asc' })).seqs).toEqual(all.slice(0, 3));
    const cursor = first.next_cursor ?? '';
    expect((await page({ limit: 2, cursor })).seqs).toEqual(all.slice(-5, -3).reverse());
    expect((await page({ count: 'none' })).total).toBeNull();
    const { filters_applied } = await readPage(ann, calls, { level: 'error', search: 'x' });
    expect(filters_applied).toMatchObject({ level: 'error', search: 'x' });
  });

  test('answers as CSV, text and JSON lines', async () => {
    const text = async (format: string) =>
      (await ann.send('GET', logsPath(calls, { format, search: 'echo' }))).text();
    expect(await text('csv')).toMatch(/^timestamp,level,message,.*\r\n.*,info,tools\/call echo ok/);
    expect(await text('txt')).toMatch(/^\S+Z INFO {2}http tools\/call echo ok \d+ ms\n$/);
    const lines = await readNdjson(ann, logsPath(calls, { order: 'asc' }));
    expect(lines).toEqual(await readAll(ann, calls));
  });

  test('counts over time and shows what stands around an entry', async () => {
    const all = await readAll(ann, calls);
    const { buckets } = await ann.call<{ buckets: { counts: Record<string, number> }[] }>(
      'GET',
      `/api/v1/mcps/${calls}/logs/histogram?buckets=10`,
    );
    const errors = buckets.reduce((sum, { counts }) => sum + (counts.error ?? 0), 0);
    expect(errors).toBe(all.filter(({ level }) => level === 'error').length);
    const seq = all[3]?.metadata.seq ?? 0;
    const around = await ann.call<{ logs: LogEntry[] }>(
      'GET',
      `/api/v1/mcps/${calls}/logs/context?seq=${seq}&before=2&after=1`,
    );
    expect(seqs(around.logs)).toEqual(seqs(all.slice(1, 5)));
  });

  test("lists only one's own instances", async () => {
    const own = await ann.call<{ id: string; name: string }[]>('GET', '/api/v1/mcps');
    expect(own.map(({ id }) => id)).toEqual([calls, printer]);
    expect(own.map(({ name }) => name)).toEqual(['calls', 'test-numbered']);
  });
});

describe('the WebSocket', () => {
  test('told every entry live, as the file holds it', async () => {
    await eventually(() => live.entries.some(({ metadata }) => metadata.outcome === 'cancelled'));
    const all = await readAll(ann, calls);
    const from = live.entries[0]?.metadata.seq ?? 0;
    expect(live.entries).toEqual(all.filter(({ metadata }) => metadata.seq >= from));
    expect(seqs(live.entries)).toContain(all.at(-1)?.metadata.seq);
  });

  test('resumes behind a cursor and lets filters through only', async () => {
    const all = await readAll(ann, calls);
    const [, second] = all;
    const { pagination } = await readPage(ann, calls, { order: 'asc', limit: 2 });
    const resume = pagination.next_cursor ?? '';
    const rest = all.filter(({ metadata }) => metadata.seq > (second?.metadata.seq ?? 0));
    const tail = await openTail(ann, calls, { resume, batch: true });
    await eventually(() => tail.entries.length >= rest.length);
    expect(tail.entries).toEqual(rest);
    tail.close();
    const errors = rest.filter(({ level }) => level === 'error');
    const filtered = await openTail(ann, calls, { resume, filters: { level: 'error' } });
    await eventually(() => filtered.entries.length >= errors.length);
    expect(filtered.entries).toEqual(errors);
    filtered.close();
  });

  test('opens with a ticket, once', async () => {
    const path = `/api/v1/mcps/${calls}/logs/ticket`;
    const { ticket } = await ann.call<{ ticket: string }>('POST', path);
    (await openTail(ann, calls, { ticket })).close();
    await expect(openTail(ann, calls, { ticket })).rejects.toThrow('refused with 401');
  });
});

describe('the export', () => {
  test('holds the same entries as JSON, CSV, text and zip', async () => {
    const all = await readAll(ann, calls);
    const json = await exportLogs(ann, calls, { format: 'json' });
    expect(JSON.parse(json.toString())).toEqual(all);
    const csv = (await exportLogs(ann, calls, { format: 'csv' })).toString().trim().split('\r\n');
    expect(csv.slice(1).map((row) => row.split(',')[0])).toEqual(
      all.map(({ timestamp }) => timestamp),
    );
    const text = (await exportLogs(ann, calls, { format: 'txt' })).toString().trim().split('\n');
    expect(text.map((line) => line.split(' ')[0])).toEqual(all.map(({ timestamp }) => timestamp));
    const files = unzip(await exportLogs(ann, calls, { format: 'zip' }));
    const lines = files.get('logs.jsonl') ?? Buffer.alloc(0);
    expect(
      lines
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(all);
    const sha256 = createHash('sha256').update(lines).digest('hex');
    expect(JSON.parse(files.get('manifest.json')?.toString() ?? '')).toMatchObject({
      instanceId: calls,
      files: { 'logs.jsonl': { entries: all.length, bytes: lines.length, sha256 } },
    });
  });

  test('takes the filters of the seed and compresses on request', async () => {
    const filters = { level: 'error', search: 'get-sum' };
    const body = { format: 'json', filters, compression: true };
    const found = JSON.parse(gunzipSync(await exportLogs(ann, calls, body)).toString());
    expect(messages(found)).toEqual([expect.stringMatching(/^tools\/call get-sum tool_error/)]);
  });
});

describe.skipIf(isRemote)('the files', () => {
  const dirOf = (id: string) => instanceDir(product.local?.logDir ?? '', ann.user.id, id);

  test('hold each entry once, in the file the seed names, in its shape', async () => {
    const files = readInstanceFiles(dirOf(calls));
    expect(inOrder(files)).toEqual(await readAll(ann, calls));
    expect(new Set(files.access.map(({ metadata }) => metadata.type))).toEqual(new Set(['http']));
    expect(messages(files.error)).toContain('Starting default (STDIO) server...');
    expect(messages(files.app)).toEqual([expect.stringMatching(/^instance starting: node /)]);
    for (const file of LOG_FILES) {
      const lines = readFileSync(join(dirOf(calls), `${file}.log`), 'utf8');
      expect(lines).toBe(files[file].map((entry) => `${encodeEntry(entry)}\n`).join(''));
    }
    for (const entry of inOrder(files)) {
      expect(Object.keys(entry)).toEqual(['timestamp', 'level', 'message', 'metadata']);
      expect(entry.timestamp).toMatch(ISO_MS);
      expect(entry.metadata).toMatchObject({
        seq: expect.any(Number),
        instanceId: calls,
        userId: ann.user.id,
        service: 'test-everything',
      });
    }
  });

  test('hold the raw secret nowhere below the log and data folders, in no form', async () => {
    const { logDir = '', dataDir = '' } = product.local ?? {};
    expect(filesHolding([logDir, dataDir], ['[masked:'])).not.toEqual([]);
    expect(filesHolding([logDir, dataDir], SECRET_FORMS)).toEqual([]);
    expect(filesHolding([logDir, dataDir], PRIVATE_KEY.slice(1, -1))).toEqual([]);
    expect(product.local?.output()).not.toContain(SECRET);
  });
});

test('the administrator sees a healthy system and who did what', async () => {
  type Health = { log_system_health: string; services: { app: string }[]; alerts: unknown[] };
  const health = await eventually(async () => {
    const seen = await scene.admin.call<Health>('GET', '/api/v1/admin/logs/health');
    expect(seen.alerts).toEqual([]);
    return seen;
  });
  expect(health.log_system_health).toBe('healthy');
  expect(health.services.map(({ app }) => app)).toEqual(
    expect.arrayContaining(['process-supervisor', 'log-writer', 'query-api', 'stream-gateway']),
  );
  const path = `/api/v1/admin/logs/system?category=audit&time_range=1h&search=${ann.user.username}`;
  const { logs } = await eventually(async () => {
    const found = await scene.admin.call<{ logs: LogEntry[] }>('GET', path);
    return found.logs.some(({ metadata }) => metadata.action === 'logs.export') && found;
  });
  expect(logs.every(({ metadata }) => metadata.service !== undefined)).toBe(true);
});
