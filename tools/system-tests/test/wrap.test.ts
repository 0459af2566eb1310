/** Is a wrapped server the bare server to its client, and is its log in the product? */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { InstanceView } from '@mcplog/protocol';
import { eventually, makeTempDir, realMcpServers } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAll, untilFound } from '../src/logs.ts';
import { openProduct, type Product, ROOT } from '../src/product.ts';
import { openScene } from '../src/scene.ts';
import type { Session } from '../src/session.ts';

const MCPLOG = join(ROOT, 'apps', 'cli', 'bin', 'mcplog.mjs');
const NAME = 'my own everything';

const { command, args } = realMcpServers().everything;
const SERVER = [command, ...args];

let product: Product;
let ann: Session;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  product = await openProduct();
  ann = await (await openScene(product)).addUser('ann');
  const home = await makeTempDir('home');
  env = {
    PATH: process.env.PATH,
    HOME: home,
    MCPLOG_URL: product.url,
    MCPLOG_TOKEN: ann.token,
  };
});

afterAll(() => product?.stop());

function request(id: number, method: string, params: unknown = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

const LONG = { name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 4 } };
const CONVERSATION = [
  request(0, 'initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'wrap-test', version: '1.0.0' },
  }),
  JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
  request(1, 'tools/list'),
  request(2, 'tools/call', { name: 'echo', arguments: { message: 'grüße \u2028 "all"' } }),
  request(3, 'tools/call', { name: 'no-such-tool', arguments: {} }),
  request(4, 'tools/call', { ...LONG, _meta: { progressToken: 'steps' } }),
  request(5, 'no/such/method'),
  request(6, 'resources/list'),
];

interface Conversation {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number | null;
}

/** Says one message after the other, each after the answer to the one before. */
async function talk([program = '', ...words]: readonly string[]): Promise<Conversation> {
  const child = spawn(program, words, { env });
  const pieces: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  for (const message of CONVERSATION) {
    child.stdin.write(`${message}\n`);
    const { id } = JSON.parse(message) as { id?: number };
    const hasAnswer = () => Buffer.concat(pieces).includes(`"id":${id}`);
    if (id !== undefined) await eventually(hasAnswer, { timeoutMs: 60_000 });
  }
  child.stdin.end();
  return { code: await ended, stdout: Buffer.concat(pieces), stderr };
}

/** One run of the command line tool; rejects unless its status is 0. */
async function runMcplog(...words: string[]): Promise<string> {
  const child = spawn(process.execPath, [MCPLOG, ...words], { env });
  let [output, problem] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problem += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`mcplog ${words.join(' ')} ended with ${code}: ${problem}`);
  return output;
}

async function wrappedInstance(): Promise<InstanceView> {
  return eventually(async () => {
    const own = await ann.call<InstanceView[]>('GET', '/api/v1/mcps');
    return own.find(({ name }) => name === NAME);
  });
}

test('a wrapped server behaves byte for byte like the bare one', async () => {
  const bare = await talk(SERVER);
  const wrapped = await talk([process.execPath, MCPLOG, 'wrap', '--name', NAME, '--', ...SERVER]);
  expect(bare.stdout.toString().split('\n').length).toBeGreaterThan(CONVERSATION.length);
  expect(wrapped.stdout.equals(bare.stdout)).toBe(true);
  expect(wrapped.stderr).toBe(bare.stderr);
  expect(wrapped.code).toBe(bare.code);
});

test('its calls and its stderr are an instance of its user', async () => {
  const { id } = await wrappedInstance();
  await untilFound(ann, id, { search: 'resources/list' });
  const calls = await readAll(ann, id, { 'meta.mcp.method.name': 'tools/call' });
  expect(calls.map(({ metadata }) => [metadata['gen_ai.tool.name'], metadata.outcome])).toEqual([
    ['echo', 'ok'],
    ['no-such-tool', 'tool_error'],
    ['trigger-long-running-operation', 'ok'],
  ]);
  const [started] = await untilFound(ann, id, { type: 'stderr', search: 'Starting default' });
  expect(started?.metadata).toMatchObject({ userId: ann.user.id, instanceId: id });
});

test('a second wrap of the same name goes on in the same instance', async () => {
  const { id } = await wrappedInstance();
  const wrap = [process.execPath, MCPLOG, 'wrap', '--name', NAME, '--', ...SERVER];
  expect((await talk(wrap)).code).toBe(0);
  await eventually(async () => {
    const calls = await readAll(ann, id, { search: 'tools/call echo ok' });
    return calls.length === 2;
  });
  const own = await ann.call<InstanceView[]>('GET', '/api/v1/mcps');
  expect(own).toHaveLength(1);
});

test('the command line finds and exports what the API tells', async () => {
  const { id } = await wrappedInstance();
  const all = await readAll(ann, id);
  const exported = JSON.parse(await runMcplog('export', id, '--format', 'json', '--output', '-'));
  expect(exported).toEqual(all);
  const found = await runMcplog('search', id, 'echo');
  expect(found).toContain('tools/call echo ok');
  expect(found).not.toContain('resources/list');
});
