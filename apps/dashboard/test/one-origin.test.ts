import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as openRequest,
  type RequestOptions,
  type Server,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createLogger, createMetrics } from '@mcplog/service-host';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createOrigin } from '../src/origin.ts';
import { PARTS, type Part } from '../src/upstreams.ts';

/** What an upstream saw of a request. */
interface Seen {
  readonly part: Part;
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const servers: Server[] = [];
let handlers: Partial<Record<string, (request: IncomingMessage, answer: Answer) => void>> = {};
type Answer = Parameters<Exclude<Parameters<typeof createServer>[1], undefined>>[1];
let dist: string;
let origin: Awaited<ReturnType<typeof openOrigin>>;
const sockets = new WebSocketServer({ noServer: true });

/** An upstream that tells what it saw, unless a test gave the path a handler of its own. */
async function openUpstream(part: Part): Promise<Server> {
  const server = createServer((request, answer) => {
    const handler = handlers[request.url?.split('?')[0] ?? ''];
    if (handler) return handler(request, answer);
    void text(request).then((body) => {
      const { method = '', url: target = '', headers } = request;
      answer.setHeader('content-type', 'application/json');
      answer.setHeader('set-cookie', ['a=1', 'b=2']);
      answer.end(JSON.stringify({ part, method, target, headers, body } satisfies Seen));
    });
  });
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.includes('refused')) {
      socket.end(
        'HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\nno',
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.send(`hello ${part} ${request.url} ${request.headers.host}`);
      ws.on('message', (data) =>
        String(data) === 'end' ? ws.close(4403, 'enough') : ws.send(data),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return server;
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function openOrigin(options: { readonly trustProxy?: readonly string[] } = {}) {
  const log = createLogger({ app: 'dashboard-test', level: 'fatal' });
  const upstreams = {} as Record<Part, string>;
  for (const part of PARTS) upstreams[part] = urlOf(await openUpstream(part));
  const door = await createOrigin({
    log,
    metrics: createMetrics('dashboard'),
    host: '127.0.0.1',
    port: 0,
    publicPort: 7070,
    allowedHosts: ['logs.example.org'],
    upstreams,
    dist,
    ...options,
  });
  const { port } = await door.listen();
  return { door, port, upstreams };
}

/** A request whose target is sent exactly as it is written. */
async function ask(path: string, options: RequestOptions & { body?: string } = {}) {
  const { body, ...rest } = options;
  const request = openRequest({
    host: '127.0.0.1',
    port: origin.port,
    path,
    agent: false,
    ...rest,
  });
  request.end(body);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const answerText = await text(answer);
  const { statusCode: status, headers } = answer;
  return { status, headers, text: answerText, json: () => JSON.parse(answerText) };
}

beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), 'mcplog-page-'));
  await mkdir(join(dist, 'assets'));
  await writeFile(join(dist, 'index.html'), '<!doctype html><title>the page</title>');
  await writeFile(join(dist, 'assets', 'index-1a2b.js'), 'export {};');
  origin = await openOrigin();
});

afterEach(() => {
  handlers = {};
});

afterAll(async () => {
  await origin.door.close();
  for (const server of servers) server.closeAllConnections();
  for (const server of servers) server.close();
  await rm(dist, { recursive: true });
});

test.each([
  ['GET', '/api/v1/auth/me', 'admin-api'],
  ['PUT', '/api/v1/admin/catalogue/github', 'admin-api'],
  ['POST', '/api/v1/admin/logs/ticket', 'stream-gateway'],
  ['POST', '/api/v1/mcps/i1/logs/ticket', 'stream-gateway'],
  ['GET', '/api/v1/mcps/i1/logs/ticket', 'query-api'],
  ['GET', '/api/v1/mcps/i1/logs?level=error&meta.a.b=%2F%20%C3%A9&search=a+b%00', 'query-api'],
  ['DELETE', '/api/v1/mcps/i1', 'query-api'],
  ['GET', '/docs', 'query-api'],
  ['GET', '/docs/json', 'query-api'],
  ['POST', '/mcp/i1', 'process-supervisor'],
  ['DELETE', '/mcp/i1', 'process-supervisor'],
  ['POST', '/api/v1/ingest/wrap', 'process-supervisor'],
  ['GET', '/ws/mcps/i1/logs?ticket=t', 'stream-gateway'],
])('%s %s is answered by its part, the target untouched', async (method, target, part) => {
  const answer = await ask(target, { method });
  expect(answer.status).toBe(200);
  expect(answer.json()).toMatchObject({ part, method, target });
});

test('the target keeps its escapes, its order and its case', async () => {
  for (const target of [
    '/api/v1/mcps/%41bc/logs?b=2&a=1&b=3&',
    '/api/v1/mcps/x~y.z:1@2,3/logs?search=%zz',
    '/mcp/%E2%82%AC?q=%2e%2e%2f',
  ]) {
    expect((await ask(target)).json().target).toBe(target);
  }
});

test('a path that two programs could read differently reaches no part', async () => {
  for (const target of [
    '/api/v1//mcps',
    '/api/v1/./mcps',
    '/api/v1/auth/../admin/users',
    '/api/v1/mcps/..%2fadmin/logs',
    '/api/v1/mcps/%252e%252e%252f/logs',
    '/api/v1/mcps;x=1/logs',
    '/api\\v1/mcps',
    '//evil.example/api/v1/mcps',
    'http://evil.example/api/v1/mcps',
  ]) {
    const answer = await ask(target);
    expect([target, answer.status]).toEqual([target, 400]);
    expect(answer.json().error.code).toMatch(/^MCPLOG_BAD_/);
  }
});

test('Host goes through as it was sent, and who asks is told by us alone', async () => {
  const answer = await ask('/api/v1/mcps', {
    headers: {
      host: 'logs.example.org',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=6.6.6.6',
      'x-real-ip': '6.6.6.6',
      connection: 'x-secret-hop, close',
      'x-secret-hop': 'gone',
      authorization: 'Bearer t',
    },
  });
  const { headers } = answer.json() as Seen;
  expect(headers).toMatchObject({
    host: 'logs.example.org',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    authorization: 'Bearer t',
  });
  for (const name of ['x-forwarded-host', 'forwarded', 'x-real-ip', 'x-secret-hop']) {
    expect(headers).not.toHaveProperty(name);
  }
  expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
});

test('a proxy in front is believed about who asks when the settings name it', async () => {
  const front = await openOrigin({ trustProxy: ['127.0.0.1/32'] });
  try {
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9', 'x-forwarded-proto': 'https' };
    const answer = await ask('/api/v1/mcps', { port: front.port, headers });
    expect((answer.json() as Seen).headers).toMatchObject({
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
    });
  } finally {
    await front.door.close();
  }
});

test('a foreign Host or Origin is refused on every kind of path', async () => {
  for (const path of [
    '/',
    '/assets/index-1a2b.js',
    '/api/v1/mcps',
    '/mcp/i1',
    '/docs',
    '/nothing',
  ]) {
    for (const headers of [
      { host: 'evil.example' },
      { host: `127.0.0.1:${origin.port}`, origin: 'http://evil.example' },
    ]) {
      const answer = await ask(path, { headers });
      expect([path, answer.status, answer.json().error.code]).toEqual([
        path,
        403,
        'MCPLOG_FOREIGN_HOST',
      ]);
    }
  }
});

test('bodies of every method arrive whole, chunked or measured', async () => {
  const body = JSON.stringify({ text: 'x'.repeat(3_000_000) });
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    for (const framing of [
      { 'content-length': Buffer.byteLength(body) },
      { 'transfer-encoding': 'chunked' },
    ]) {
      const headers = { 'content-type': 'application/json', ...framing };
      const seen = (await ask('/api/v1/mcps', { method, headers, body })).json() as Seen;
      expect([method, seen.body.length]).toEqual([method, body.length]);
    }
  }
});

test('events arrive one by one, while the answer is still open', async () => {
  let push: (event: string) => void = () => undefined;
  handlers['/mcp/events'] = (_request, answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    answer.flushHeaders();
    push = (event) => answer.write(`data: ${event}\n\n`);
  };
  const request = openRequest({ host: '127.0.0.1', port: origin.port, path: '/mcp/events' });
  request.end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  for (const event of ['one', 'two']) {
    push(event);
    const [bytes] = await once(answer, 'data');
    expect(String(bytes)).toBe(`data: ${event}\n\n`);
  }
  request.on('error', () => undefined).destroy();
});

test('a request body streams through before it ends', async () => {
  const arrived = new Promise<string>((resolve) => {
    handlers['/api/v1/ingest/logs'] = (request, answer) => {
      request.once('data', (bytes) => resolve(String(bytes)));
      request.on('end', () => answer.end('done'));
    };
  });
  const options = { host: '127.0.0.1', port: origin.port, method: 'POST' };
  const request = openRequest({ ...options, path: '/api/v1/ingest/logs' });
  request.write('first line\n');
  expect(await arrived).toBe('first line\n');
  request.end('last line\n');
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  expect(await text(answer)).toBe('done');
});

test('a caller who goes away ends the request at its part', async () => {
  const gone = new Promise<void>((resolve) => {
    handlers['/mcp/slow'] = (request, answer) => {
      answer.writeHead(200).write('begun');
      request.socket.once('close', () => resolve());
    };
  });
  const request = openRequest({ host: '127.0.0.1', port: origin.port, path: '/mcp/slow' });
  request.on('error', () => undefined).end();
  await once(request, 'response');
  request.destroy();
  await gone;
});

test('an answer that breaks off is cut, never shown as whole', async () => {
  handlers['/api/v1/broken'] = (_request, answer) => {
    answer.writeHead(200).write('half', () => answer.socket?.destroy());
  };
  await expect(ask('/api/v1/broken')).rejects.toThrow(/aborted|hang up|ECONNRESET/);
});

test('a WebSocket passes in both directions, with its target, Host and close code', async () => {
  const ws = new WebSocket(`ws://127.0.0.1:${origin.port}/ws/mcps/i1/logs?ticket=a%2Fb`);
  const hello = await once(ws, 'message');
  const host = `127.0.0.1:${origin.port}`;
  expect(String(hello[0])).toBe(`hello stream-gateway /ws/mcps/i1/logs?ticket=a%2Fb ${host}`);
  const large = 'y'.repeat(500_000);
  ws.send(large);
  expect(String((await once(ws, 'message'))[0])).toBe(large);
  ws.send('end');
  const [code, reason] = await once(ws, 'close');
  expect([code, String(reason)]).toEqual([4403, 'enough']);
});

test('a WebSocket that its part refuses gets that status', async () => {
  const ws = new WebSocket(`ws://127.0.0.1:${origin.port}/ws/mcps/refused/logs`);
  const [, answer] = (await once(ws, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(answer.statusCode).toBe(404);
});

test('a WebSocket with a foreign Origin or without a route is refused here', async () => {
  for (const [path, headers, status] of [
    ['/ws/mcps/i1/logs', { origin: 'http://evil.example' }, 403],
    ['/elsewhere', {}, 404],
  ] as const) {
    const ws = new WebSocket(`ws://127.0.0.1:${origin.port}${path}`, { headers });
    const [, answer] = (await once(ws, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(answer.statusCode).toBe(status);
  }
});

test('an offer of HTTP/2 over plain text is answered as the ordinary request it is', async () => {
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AA' };
  const seen = (await ask('/api/v1/mcps', { method: 'POST', headers, body: '{}' })).json() as Seen;
  expect(seen).toMatchObject({ part: 'query-api', body: '{}' });
  expect(seen.headers).not.toHaveProperty('upgrade');
});

test('a part that is down is named, for requests and WebSockets, and is used again once it is back', async () => {
  const { port } = new URL(origin.upstreams['stream-gateway']);
  const down = servers.find((server) => (server.address() as AddressInfo)?.port === Number(port));
  if (!down) throw new Error('no upstream');
  down.closeAllConnections();
  down.close();
  await once(down, 'close');
  const answer = await ask('/api/v1/mcps/i1/logs/ticket', { method: 'POST' });
  expect([answer.status, answer.json().error.code]).toEqual([503, 'MCPLOG_SERVICE_UNAVAILABLE']);
  expect(answer.json().error.message).toBe('stream-gateway does not answer');
  const ws = new WebSocket(`ws://127.0.0.1:${origin.port}/ws/mcps/i1/logs`);
  const [, refused] = (await once(ws, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(refused.statusCode).toBe(503);
  down.listen(Number(port), '127.0.0.1');
  await once(down, 'listening');
  expect((await ask('/api/v1/mcps/i1/logs/ticket', { method: 'POST' })).status).toBe(200);
});

test('every page address is the page, and nothing else is', async () => {
  for (const path of ['/', '/login?x=1', '/instances/abc?q=level%3Aerror', '/admin/health']) {
    const answer = await ask(path);
    expect([path, answer.status, answer.headers['content-type']]).toEqual([
      path,
      200,
      'text/html; charset=utf-8',
    ]);
    expect(answer.headers['cache-control']).toBe('no-cache');
  }
  for (const path of ['/index.html', '/other', '/instances/a/b', '/assets/none.js', '/.env']) {
    const answer = await ask(path);
    expect([path, answer.status, answer.json().error.code]).toEqual([
      path,
      404,
      'MCPLOG_NOT_FOUND',
    ]);
  }
});

test('the page allows no inline code and nobody else to frame it', async () => {
  const policy = String((await ask('/')).headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
});

test('files of the page may be kept for ever', async () => {
  const answer = await ask('/assets/index-1a2b.js');
  expect(answer.status).toBe(200);
  expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
});

test('a connection that is kept for many requests gathers nothing', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let n = 0; n < 40; n++) expect((await ask('/api/v1/mcps', { agent })).status).toBe(200);
  agent.destroy();
  process.off('warning', note);
  expect(warnings).toEqual([]);
});

test('two Host headers are refused', async () => {
  const socket = connect(origin.port, '127.0.0.1');
  socket.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${origin.port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
  );
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 40[03] /);
});
