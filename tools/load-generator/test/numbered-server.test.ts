import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, makeTempDir } from '@mcplog/test-kit';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, expect, test } from 'vitest';

const SERVER = fileURLToPath(new URL('../src/numbered-server.ts', import.meta.url));
const children: ChildProcessWithoutNullStreams[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly stderr: () => Buffer;
  call(name: string, args?: object): Promise<{ result?: { content: [{ text: string }] } }>;
}

function start(env: Record<string, string> = {}, { drain = true } = {}): Started {
  const child = spawn(process.execPath, [SERVER], { env: { ...process.env, ...env } });
  children.push(child);
  const chunks: Buffer[] = [];
  if (drain) child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const answers = new Map<number, (answer: object) => void>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts.map((one) => JSON.parse(one))) answers.get(part.id)?.(part);
  });
  let id = 0;
  return {
    child,
    stderr: () => Buffer.concat(chunks),
    call: (name, args = {}) => {
      id += 1;
      const params = { name, arguments: args };
      child.stdin.write(
        `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`,
      );
      return new Promise((resolve) => answers.set(id, resolve));
    },
  };
}

const numbersIn = (text: string) =>
  [...text.matchAll(/^line (\d+)/gm)].map((match) => Number(match[1]));

test('the official client lists its tools and calls one', async () => {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [SERVER] }));
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toContain('burst');
  const answer = await client.callTool({ name: 'fail', arguments: { kind: 'tool' } });
  expect(answer.isError).toBe(true);
  await client.close();
});

test('a second process with the same ledger uses no number of the first one again', async () => {
  const ledger = join(await makeTempDir(), 'ledger');
  const first = start({ LEDGER: ledger, LINES_PER_SECOND: '500' });
  await eventually(() => numbersIn(first.stderr().toString()).length > 20);
  first.child.kill('SIGKILL');
  await once(first.child, 'close');
  const second = start({ LEDGER: ledger });
  await second.call('burst', { count: 3, bytes: 40 });
  const lines = first.stderr().toString() + second.stderr().toString();
  const numbers = numbersIn(lines);
  const recorded = (await readFile(ledger, 'utf8')).trim().split('\n').map(Number);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(recorded.filter((number) => !numbers.includes(number))).toEqual([]);
  expect(lines.trim().split('\n').at(-1)).toHaveLength(40);
});

test('a write that nobody reads blocks, and stats tells for how long', async () => {
  const ledger = join(await makeTempDir(), 'ledger');
  const server = start({ LEDGER: ledger }, { drain: false });
  const burst = server.call('burst', { count: 5_000, bytes: 200 });
  const blockedSince = await eventually(() => standstill(ledger));
  expect((await readFile(ledger, 'utf8')).split('\n').length).toBeLessThan(5_000);
  server.child.stderr.resume();
  const heldMs = performance.now() - blockedSince;
  await burst;
  const stats = JSON.parse((await server.call('stats')).result?.content[0].text ?? '{}');
  expect(stats.longestWriteMs.stderr).toBeGreaterThanOrEqual(heldMs);
  expect(stats.lastNumber).toBe(5_000);
});

const seen: string[] = [];

/** Since when the ledger stands still, once four looks in a row found the same text in it. */
async function standstill(ledger: string): Promise<number | undefined> {
  seen.push(await readFile(ledger, 'utf8'));
  const stands = seen.at(-1) !== '' && seen.slice(-4).every((text) => text === seen.at(-1));
  return stands && seen.length >= 4 ? performance.now() : undefined;
}

test('an injected secret is printed in every encoding asked for', async () => {
  const server = start({ API_KEY: 'p"ss wörd/42' });
  await server.call('env', { name: 'API_KEY' });
  await eventually(() => server.stderr().toString().includes('base64url: '));
  expect(server.stderr().toString().split('\n')).toEqual([
    'plain: p"ss wörd/42',
    'json: {"token":"p\\"ss wörd/42"}',
    'url: https://example.com/?token=p%22ss%20w%C3%B6rd%2F42',
    'base64: cCJzcyB3w7ZyZC80Mg==',
    'base64url: cCJzcyB3w7ZyZC80Mg',
    '',
  ]);
});

test('odd bytes arrive unchanged', async () => {
  const server = start();
  await server.call('invalid_utf8');
  await server.call('binary', { bytes: 300 });
  await server.call('no_newline', { bytes: 1_000_000 });
  await eventually(() => server.stderr().length === 18 + 300 + 1_000_000);
  expect(server.stderr().subarray(7, 13)).toEqual(Buffer.from('fffec328e282', 'hex'));
  expect(server.stderr().subarray(18, 21)).toEqual(Buffer.from([0, 1, 2]));
});

test('a crash ends with the asked code and a throw with a stack trace', async () => {
  const crashing = start();
  void crashing.call('crash', { code: 7 });
  expect(await once(crashing.child, 'exit')).toEqual([7, null]);
  const throwing = start();
  void throwing.call('throw');
  await once(throwing.child, 'close');
  expect(throwing.stderr().toString()).toMatch(/TypeError: thrown on purpose[\s\S]*\n {4}at /);
});

test('closing stdin ends it, unless it was told to ignore that', async () => {
  const obedient = start();
  const stubborn = start({ IGNORE_STDIN_CLOSE: '1', LINES_PER_SECOND: '100' });
  obedient.child.stdin.end();
  expect(await once(obedient.child, 'exit')).toEqual([0, null]);
  stubborn.child.stdin.end();
  const before = numbersIn(stubborn.stderr().toString()).length;
  await eventually(() => numbersIn(stubborn.stderr().toString()).length > before + 30);
  expect(stubborn.child.exitCode).toBeNull();
});
