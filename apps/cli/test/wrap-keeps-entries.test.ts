import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, makeTempDir } from '@mcplog/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HEADER_BYTES } from '../src/wrap/spool-file.ts';
import { type IngestServer, startIngestServer } from './ingest-server.ts';
import { cleanEnv, mcplog, run, startProgram } from './run-cli.ts';

const TOKEN = 'session-token-of-the-tests';
const SECRET = 'kJ8s02Hq7zzPw41x';
let dir: string;
let server: IngestServer;
let env: Record<string, string | undefined>;

beforeEach(async () => {
  dir = await makeTempDir('wrap');
  server = await startIngestServer(TOKEN);
  env = { ...cleanEnv(dir), MCPLOG_URL: server.url, MCPLOG_TOKEN: TOKEN };
  // A busy machine must not decide what these tests find.
  env = { ...env, GITHUB_TOKEN: SECRET, MCPLOG_WRAP_DELIVERY_MS: '30000' };
});

afterEach(() => server.close());

const spoolDir = () => join(dir, 'state', 'mcplog', 'spool');
const spools = () => readdirSync(spoolDir()).filter((name) => name.endsWith('.spool'));

/** A server that answers one call and speaks on stderr, its secret included. */
const SPEAKER = `
  console.error('starting with ' + process.env.GITHUB_TOKEN);
  process.stdin.on('data', () => console.log('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}'));`;
const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}\n';
const speaker = (...flags: string[]) =>
  mcplog('wrap', '--name', 'speaker', ...flags, '--', process.execPath, '-e', SPEAKER);

it('calls, stderr and the end arrive, numbered from 1, secrets masked, nothing left', async () => {
  const end = await run(speaker(), { env, input: CALL });
  expect(end.stderr.toString()).toBe(`starting with ${SECRET}\n`);
  const [only, ...others] = server.runs;
  expect(others).toEqual([]);
  expect(only?.name).toBe('speaker');
  expect(only?.lines[0]?.metadata?.event).toBe('wrap_started');
  const messages = only?.lines.map(({ message }) => message) ?? [];
  expect(messages).toContain('starting with [masked:secret:GITHUB_TOKEN]');
  const call = only?.lines.find(({ metadata }) => metadata?.['gen_ai.tool.name'] === 'echo');
  expect(call?.type).toBe('http');
  expect(only?.lines.at(-1)?.metadata?.event).toBe('wrap_ended');
  expect(server.faults).toEqual([]);
  expect(spools()).toEqual([]);
});

it('without a platform the server works and its entries wait, masked and private', async () => {
  await server.close();
  const end = await run(speaker(), { env, input: CALL });
  expect(end.code).toBe(0);
  expect(end.stdout.toString()).toContain('"result"');
  const [name = ''] = spools();
  const text = readFileSync(join(spoolDir(), name), 'utf8');
  expect(text).toContain('starting with [masked:secret:GITHUB_TOKEN]');
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(TOKEN);
  expect(statSync(join(spoolDir(), name)).mode & 0o777).toBe(0o600);
  expect(statSync(spoolDir()).mode & 0o777).toBe(0o700);
});

it('the next wrap brings the leftovers first, as a run of their own', async () => {
  await run(speaker('--offline'), { env, input: CALL });
  await run(speaker('--offline'), { env, input: CALL });
  expect(spools()).toHaveLength(2);
  const next = mcplog(
    'wrap',
    '--name',
    'next',
    '--',
    process.execPath,
    '-e',
    'process.stdin.resume()',
  );
  const running = startProgram(next, { env });
  await eventually(() => server.runs.length === 3 && server.runs[2]?.lines.length !== 0);
  running.child.stdin.end();
  await running.ended;
  expect(server.runs.map(({ name }) => name)).toEqual(['speaker', 'speaker', 'next']);
  for (const { lines } of server.runs) {
    expect(lines.at(-1)?.metadata?.event).toBe('wrap_ended');
    expect(lines.map(({ n }) => n)).toEqual(lines.map((_, at) => at + 1));
  }
  expect(server.faults).toEqual([]);
  expect(spools()).toEqual([]);
});

it('a flood while the platform refuses arrives whole and in order when it answers again', async () => {
  let isDown = true;
  server.refuseLines.push(() =>
    isDown ? { status: 503, code: 'MCPLOG_SERVICE_UNAVAILABLE' } : undefined,
  );
  const script = `
    for (let i = 0; i < 20000; i++) console.error('line ' + i + ' ' + 'x'.repeat(40));
    process.stdin.resume();`;
  const running = startProgram(mcplog('wrap', '--', process.execPath, '-e', script), { env });
  await eventually(() => {
    const [name] = spools();
    return name !== undefined && statSync(join(spoolDir(), name)).size > 1_000_000;
  });
  isDown = false;
  const spoken = () =>
    server.runs.flatMap(({ lines }) => lines).flatMap(({ message }) => message.split('\n'));
  await eventually(() => spoken().filter((text) => text.startsWith('line ')).length >= 20_000);
  running.child.stdin.end();
  await running.ended;
  const numbers = spoken()
    .filter((text) => text.startsWith('line '))
    .map((text) => Number(text.split(' ')[1]));
  expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, at) => at));
  expect(server.faults).toEqual([]);
});

it('a run that the platform closed is followed by a new one that begins at 1', async () => {
  let refused = false;
  server.refuseLines.push((no) => {
    if (no !== 1 || server.runs[0]?.lines.length === 0) return undefined;
    refused = true;
    return { status: 409, code: 'MCPLOG_CONFLICT' };
  });
  const script = `process.stdin.on('data', (c) => console.error('heard ' + c));`;
  const running = startProgram(mcplog('wrap', '--', process.execPath, '-e', script), { env });
  await eventually(() => server.runs[0]?.lines.length);
  running.child.stdin.write('after\n');
  const heard = () => server.runs[1]?.lines.find(({ message }) => message === 'heard after');
  await eventually(heard);
  running.child.stdin.end();
  await running.ended;
  expect(refused).toBe(true);
  expect(server.runs[1]?.lines[0]?.n).toBe(1);
  expect(server.faults).toEqual([]);
});

it('what a killed wrap had spooled is brought by the next, which says that it was killed', async () => {
  const script = `console.error('last words'); process.stdin.resume();`;
  const offline = mcplog('wrap', '--offline', '--', process.execPath, '-e', script);
  const running = startProgram(offline, { env });
  await eventually(() => {
    const [name] = spools();
    return (
      name !== undefined &&
      readFileSync(join(spoolDir(), name)).subarray(HEADER_BYTES).includes('last words')
    );
  });
  running.child.kill('SIGKILL');
  await running.ended;
  await run(mcplog('wrap', '--', process.execPath, '-e', ''), { env });
  const lines = server.runs[0]?.lines ?? [];
  expect(lines.map(({ message }) => message)).toContain('last words');
  expect(lines.at(-1)?.message).toContain('was killed');
});

it('an entry that the platform never accepts does not hold up the others', async () => {
  server.refuseLines.push((no, requestNo) =>
    no === 1 && requestNo === 1 ? { status: 400, code: 'MCPLOG_BAD_REQUEST' } : undefined,
  );
  await run(speaker(), { env, input: CALL });
  const messages = server.runs[0]?.lines.map(({ message }) => message) ?? [];
  expect(messages).toContain('starting with [masked:secret:GITHUB_TOKEN]');
  expect(server.faults).toEqual([]);
});

it('a state folder that cannot be made costs nothing but the spool', async () => {
  const end = await run(speaker(), { env: { ...env, XDG_STATE_HOME: '/dev/null' }, input: CALL });
  expect(end.code).toBe(0);
  expect(end.stdout.toString()).toContain('"result"');
  expect(server.runs[0]?.lines.at(-1)?.metadata?.event).toBe('wrap_ended');
});
