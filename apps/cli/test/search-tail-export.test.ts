import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { eventually, freePort, makeTempDir } from '@mcplog/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { type LocalServer, refuse, sendJson, startLocalServer } from './local-server.ts';
import { cleanEnv, mcplog, type RunOptions, run, startProgram } from './run-cli.ts';

const TOTAL = 2_500;
let dir: string;
let options: RunOptions;
let server: LocalServer;
let queries: URLSearchParams[];
let exportBodies: unknown[];
let breakExport: 'never' | 'midway' | 'stuck';

function entry(seq: number, message = `entry ${seq}`) {
  const metadata = { seq, type: 'stderr', instanceId: 'i-1', service: 'demo' };
  return { timestamp: '2026-11-23T12:00:00.000Z', level: 'info', message, metadata };
}

function instance(id: string, name: string) {
  return {
    ...{ id, name, service: 'demo', status: 'running', desired: 'running', pid: 1, run: 1 },
    ...{ created_at: '2026-11-23T12:00:00.000Z', changed_at: null, last_exit: null },
    last_error: null,
  };
}

beforeEach(async () => {
  dir = await makeTempDir('cli');
  queries = [];
  exportBodies = [];
  breakExport = 'never';
  server = await startLocalServer((request, response, body) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://local');
    if (request.headers.authorization !== 'Bearer good') {
      refuse(response, 401, 'MCPLOG_NOT_LOGGED_IN');
    } else if (pathname === '/api/v1/mcps') {
      const data = [instance('i-1', 'one'), instance('i-2', 'two'), instance('i-3', 'two')];
      sendJson(response, 200, { data });
    } else if (pathname === '/api/v1/mcps/i-1/logs') {
      queries.push(searchParams);
      const from = Number(searchParams.get('cursor') ?? TOTAL);
      const limit = Number(searchParams.get('limit'));
      const logs = Array.from({ length: Math.min(limit, from) }, (_, at) => entry(from - at));
      const next = from - logs.length;
      const pagination = { total: null, limit, offset: 0, has_more: next > 0 };
      const cursor = next > 0 ? `${next}` : null;
      const data = { logs, pagination: { ...pagination, next_cursor: cursor } };
      sendJson(response, 200, { data: { ...data, filters_applied: {} } });
    } else if (pathname === '/api/v1/mcps/i-1/logs/export') {
      exportBodies.push(JSON.parse(body));
      const name = 'attachment; filename="../../i-1.json"';
      response.writeHead(200, { 'content-disposition': name });
      response.write('[1,\n');
      if (breakExport === 'midway') setImmediate(() => response.destroy());
      else if (breakExport === 'never') response.end('2]\n');
    } else {
      refuse(response, 404, 'MCPLOG_NOT_FOUND');
    }
  });
  const env = { ...cleanEnv(dir), MCPLOG_URL: server.url, MCPLOG_TOKEN: 'good' };
  options = { env, cwd: dir };
});

afterEach(() => server.close());

const files = () => readdirSync(dir).filter((name) => !['config', 'state'].includes(name));

it('search follows the cursors to the limit and prints each entry once, newest first', async () => {
  const end = await run(mcplog('search', 'one', 'needle', '--limit', '2100', '--json'), options);
  const seqs = end.stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as ReturnType<typeof entry>).metadata.seq);
  expect(seqs).toEqual(Array.from({ length: 2_100 }, (_, at) => TOTAL - at));
  expect(queries.map((query) => query.get('limit'))).toEqual(['1000', '1000', '100']);
  expect(queries.every((query) => query.get('search') === 'needle')).toBe(true);
});

it('search ends quietly when its reader has seen enough', async () => {
  const running = startProgram(mcplog('search', 'one', '--limit', '2500'), options);
  running.child.stdout.once('data', () => running.child.stdout.destroy());
  const end = await running.ended;
  expect([end.code, end.stderr.toString()]).toEqual([0, '']);
});

it.each([
  [['search', 'two'], 1, '2 instances are called "two": use an id (i-2, i-3)'],
  [['search', 'none'], 1, 'no instance "none"'],
  [['search', 'one', '--since', 'later', '--level', 'loud'], 2, '--level loud: accepted are debug'],
  [['search', 'one', '--limit', '0'], 2, '--limit 0: accepted is a whole number from 1'],
  [['export', 'one', '--format', 'pdf'], 2, '--format pdf: accepted are json, csv, txt, zip'],
  [['search', 'one', '--token', 'bad'], 1, 'run "mcplog login" [MCPLOG_NOT_LOGGED_IN]'],
])('%j is refused in one line', async (args, code, words) => {
  const end = await run(mcplog(...args), options);
  expect(end.code).toBe(code);
  expect(end.stderr.toString()).toContain(words);
  expect(end.stderr.toString().trimEnd()).not.toContain('\n');
  expect(end.stdout.length).toBe(0);
});

it('a platform that is not there is told with what to do', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const end = await run(mcplog('search', 'one', '--url', url), options);
  expect(end.code).toBe(1);
  expect(end.stderr.toString()).toBe(
    `mcplog: nothing answers at ${url}: is mcplog running? Start it with "mcplog up"\n`,
  );
});

it('an export gets a harmless name when it is complete', async () => {
  const end = await run(mcplog('export', 'one', '--format', 'json', '--since', '1h'), options);
  expect(end.code).toBe(0);
  expect(files()).toEqual(['i-1.json']);
  expect(readFileSync(join(dir, 'i-1.json'), 'utf8')).toBe('[1,\n2]\n');
  expect(exportBodies).toMatchObject([
    { format: 'json', filters: { start_time: expect.stringMatching(/Z$/) }, compression: false },
  ]);
});

it('an export that breaks off leaves nothing and an older file as it was', async () => {
  const args = mcplog('export', 'one', '--format', 'json', '--output', 'out.json');
  expect((await run(args, options)).code).toBe(0);
  breakExport = 'midway';
  const end = await run(args, options);
  expect(end.code).toBe(1);
  expect(end.stderr.toString()).toContain('the export broke off');
  expect(files()).toEqual(['out.json']);
  expect(readFileSync(join(dir, 'out.json'), 'utf8')).toBe('[1,\n2]\n');
});

it('Ctrl-C during an export leaves nothing', async () => {
  breakExport = 'stuck';
  const running = startProgram(mcplog('export', 'one', '--format', 'csv'), options);
  await eventually(() => files().some((name) => name.endsWith('.part')));
  running.child.kill('SIGINT');
  expect((await running.ended).code).toBe(130);
  expect(files()).toEqual([]);
});

it('export to - writes the bytes to stdout', async () => {
  const end = await run(mcplog('export', 'one', '--format', 'txt', '--output', '-'), options);
  expect(end.stdout.toString()).toBe('[1,\n2]\n');
});

it('tail shows entries and gaps, resumes behind the last cursor, ends with 0 on Ctrl-C', async () => {
  const sockets = new WebSocketServer({ server: server.server });
  const subscribed: Record<string, unknown>[] = [];
  sockets.on('connection', (socket, request) => {
    expect(request.url).toBe('/ws/mcps/i-1/logs');
    expect(request.headers.authorization).toBe('Bearer good');
    const send = (message: unknown) => socket.send(JSON.stringify(message));
    socket.on('message', (data) => {
      subscribed.push(JSON.parse(String(data)) as Record<string, unknown>);
      send({ type: 'subscribed', cursor: 'c0' });
      if (subscribed.length === 1) {
        send({ type: 'entries', data: [entry(1), entry(2)], cursor: 'c2' });
        send({ type: 'gap', count: 7, from: 'c2', to: 'c9', reason: 'the reader was too slow' });
        send({ type: 'log_entry', data: entry(10, 'red \u001b[31m\u202e'), cursor: 'c10' });
        socket.close(1012);
      } else {
        send({ type: 'log_entry', data: entry(11), cursor: 'c11' });
      }
    });
  });
  const running = startProgram(mcplog('tail', 'one', '--min-level', 'warn'), options);
  await eventually(() => running.stdout().includes('entry 11'));
  running.child.kill('SIGINT');
  const end = await running.ended;
  expect(end.code).toBe(0);
  expect(subscribed[0]).toMatchObject({ filters: { min_level: 'warn' } });
  expect(subscribed.map(({ resume }) => resume)).toEqual([undefined, 'c10']);
  expect(end.stdout.toString()).toContain('red ␛[31m\\u{202e}');
  expect(end.stderr.toString()).toContain('gap: 7 entries not shown: the reader was too slow');
  sockets.close();
});

it('tail ends when the platform refuses for good', async () => {
  const sockets = new WebSocketServer({ server: server.server });
  sockets.on('connection', (socket) => socket.close(4401, 'the session has ended'));
  const end = await run(mcplog('tail', 'one'), options);
  expect([end.code, end.stderr.toString()]).toEqual([
    1,
    'mcplog: the session has ended; run "mcplog login"\n',
  ]);
  sockets.close();
});

it('instances are listed for people and for programs', async () => {
  const people = await run(mcplog('instances'), options);
  expect(people.stdout.toString()).toMatch(/^ID +NAME +SERVICE +STATUS/);
  const programs = await run(mcplog('instances', '--json'), options);
  expect(programs.stdout.toString().trim().split('\n')).toHaveLength(3);
});

it('cat joins plain and packed files, also packed ones of several members', async () => {
  writeFileSync(join(dir, 'a.log'), 'plain\n');
  writeFileSync(join(dir, 'b.gz'), Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]));
  writeFileSync(join(dir, 'empty'), '');
  const end = await run(mcplog('cat', 'b.gz', 'empty', 'a.log'), options);
  expect([end.code, end.stdout.toString()]).toEqual([0, 'one\ntwo\nplain\n']);
  const broken = await run(mcplog('cat', 'missing', 'a.log'), options);
  expect([broken.code, broken.stdout.toString()]).toEqual([1, 'plain\n']);
  writeFileSync(join(dir, 'torn.gz'), gzipSync('x'.repeat(100_000)).subarray(0, 60));
  expect((await run(mcplog('cat', 'torn.gz'), options)).code).toBe(1);
});

it('mask prints the masked text and counts on stderr', async () => {
  const input = 'password=hunter2hunter2\nharmless\n';
  const end = await run(mcplog('mask'), { ...options, input });
  expect(end.stdout.toString()).toBe('password=[masked:password]\nharmless\n');
  expect(end.stderr.toString()).toBe('masked: 1 in 1 of 2 lines\n  password: 1\n');
});
