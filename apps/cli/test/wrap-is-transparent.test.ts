import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { eventually, makeTempDir, realMcpServers } from '@mcplog/test-kit';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { beforeAll, expect, it } from 'vitest';
import { cleanEnv, MCPLOG, mcplog, run, startProgram } from './run-cli.ts';

let env: Record<string, string | undefined>;

beforeAll(async () => {
  env = cleanEnv(await makeTempDir('wrap'));
});

const { command, args } = realMcpServers().everything;
const everything = [command, ...args, 'stdio'];

function request(id: number, method: string, params: unknown = {}): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}

const SCRIPT = [
  request(0, 'initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  }),
  '{"jsonrpc":"2.0","method":"notifications/initialized"}\n',
  request(1, 'tools/list'),
  request(2, 'tools/call', { name: 'echo', arguments: { message: 'ünï\u2028 "quoted"' } }),
  request(3, 'tools/call', { name: 'no-such-tool' }),
  'this is not json\n',
  request(4, 'no/such/method'),
  request(5, 'resources/list'),
];

/** Sends one message after the answer to the one before, as a client does. */
async function talk(program: readonly string[]) {
  const server = startProgram(program, { env });
  let answers = 0;
  for (const line of SCRIPT) {
    server.child.stdin.write(line);
    const id = (/"id":(\d+)/.exec(line) ?? [])[1];
    if (id === undefined) continue;
    answers++;
    await eventually(() => server.stdout().includes(`"id":${id}`), { timeoutMs: 30_000 });
  }
  server.child.stdin.end();
  return { ...(await server.ended), answers };
}

it('a real server answers byte for byte the same, on both streams, wrapped or bare', async () => {
  const bare = await talk(everything);
  const wrapped = await talk(mcplog('wrap', '--', ...everything));
  expect(bare.answers).toBe(6);
  expect(wrapped.stdout.equals(bare.stdout)).toBe(true);
  expect(wrapped.stderr.toString()).toBe(bare.stderr.toString());
  expect([wrapped.code, wrapped.signal]).toEqual([bare.code, bare.signal]);
});

it('an official client works through it', async () => {
  const [program = '', ...rest] = mcplog('wrap', '--', ...everything);
  const transport = new StdioClientTransport({
    command: program,
    args: rest,
    env: Object.fromEntries(
      Object.entries({ ...process.env, ...env }).filter(([, value]) => value !== undefined),
    ) as Record<string, string>,
    stderr: 'ignore',
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  const answer = await client.callTool({ name: 'echo', arguments: { message: 'through' } });
  expect(JSON.stringify(answer)).toContain('through');
  await client.close();
});

it('binary input of megabytes without a line end comes back unchanged', async () => {
  const input = randomBytes(3_000_000);
  const script =
    'process.stdin.pipe(process.stdout); process.stdin.on("data", (c) => process.stderr.write(c));';
  const end = await run(mcplog('wrap', '--', process.execPath, '-e', script), { env, input });
  expect(end.stdout.equals(input)).toBe(true);
  expect(end.stderr.equals(input)).toBe(true);
  expect(end.code).toBe(0);
});

it('a client that reads nothing makes the server wait, not the other streams', async () => {
  const script = `
    process.stdout.write(Buffer.alloc(4_000_000, 97));
    process.stdin.on('data', (c) => process.stderr.write('heard ' + c));`;
  const server = startProgram(mcplog('wrap', '--', process.execPath, '-e', script), { env });
  server.child.stdout.pause();
  server.child.stdin.write('hello\n');
  await eventually(() => server.stderr().includes('heard hello'));
  server.child.stdout.resume();
  server.child.stdin.end();
  const end = await server.ended;
  expect(end.stdout.length).toBe(4_000_000);
});

it.each([
  ['exit 0', 'process.exit(0)'],
  ['exit 7', 'process.exit(7)'],
  ['SIGTERM', 'process.kill(process.pid, "SIGTERM")'],
  ['SIGKILL', 'process.kill(process.pid, "SIGKILL")'],
  ['an uncaught error', 'throw new Error("boom")'],
])('the end of the server is the end of wrap: %s', async (_name, script) => {
  const program = [process.execPath, '-e', `setTimeout(() => { ${script} }, 10)`];
  const bare = await run(program, { env });
  const wrapped = await run(mcplog('wrap', '--', ...program), { env });
  expect([wrapped.code, wrapped.signal]).toEqual([bare.code, bare.signal]);
  expect(wrapped.stderr.toString()).toBe(bare.stderr.toString());
});

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s reaches the server', async (signal) => {
  const script = `process.on('${signal}', () => { console.log('got it'); process.exit(5); });
    setInterval(() => {}, 1000); console.log('ready');`;
  const server = startProgram(mcplog('wrap', '--', process.execPath, '-e', script), { env });
  await eventually(() => server.stdout().includes('ready'));
  server.child.kill(signal);
  const end = await server.ended;
  expect(end.stdout.toString()).toBe('ready\ngot it\n');
  expect([end.code, end.signal]).toEqual([5, null]);
});

it('a server that ignores the end of its input dies with a killed wrap', async () => {
  const script =
    'setInterval(() => {}, 1000); process.on("SIGTERM", () => {}); console.log(process.pid);';
  const server = startProgram(mcplog('wrap', '--', process.execPath, '-e', script), { env });
  const pid = Number(await eventually(() => /^\d+\n/.exec(server.stdout())?.[0]));
  server.child.kill('SIGKILL');
  await server.ended;
  await eventually(() => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
});

it('a server that closes stdout and lives on is seen as that', async () => {
  const script = `require('node:fs').closeSync(1); process.stdin.on('data', (c) => process.stderr.write(c));`;
  const server = startProgram(mcplog('wrap', '--', process.execPath, '-e', script), { env });
  await new Promise((resolve) => server.child.stdout.once('end', resolve));
  server.child.stdin.write('still here');
  await eventually(() => server.stderr().includes('still here'));
  server.child.stdin.end();
  expect((await server.ended).code).toBe(0);
});

it('a command that does not exist is told in one line, with the status of a shell', async () => {
  const end = await run(mcplog('wrap', '--', 'no-such-command-anywhere'), { env });
  expect(end.code).toBe(127);
  expect(end.stdout.length).toBe(0);
  expect(end.stderr.toString()).toBe('mcplog: no-such-command-anywhere: command not found\n');
});

it('our own token does not reach the server, everything else of the environment does', async () => {
  const script = 'console.log(process.env.MCPLOG_TOKEN, process.env.SOME_TOKEN)';
  const end = await run(mcplog('wrap', '--offline', '--', process.execPath, '-e', script), {
    env: { ...env, MCPLOG_TOKEN: 'ours', SOME_TOKEN: 'theirs' },
  });
  expect(end.stdout.toString()).toBe('undefined theirs\n');
});

const systemNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
  const asked = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const major = Number(/^v(\d+)/.exec(`${asked.stdout}`)?.[1] ?? 24);
  return major < 24;
});

it.skipIf(systemNode === undefined)('an older Node hands over: same bytes, same end', async () => {
  const old = (...rest: string[]) => [systemNode as string, MCPLOG, 'wrap', '--', ...rest];
  const script =
    'process.stdin.pipe(process.stdout).on("finish", () => 0); process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"));';
  const input = randomBytes(300_000);
  const end = await run(old(process.execPath, '-e', script), { env, input });
  expect(end.signal).toBe('SIGTERM');
  expect(end.stdout.equals(input.subarray(0, end.stdout.length))).toBe(true);
  expect((await run(old('sh', '-c', 'exit 9'), { env })).code).toBe(9);
});
