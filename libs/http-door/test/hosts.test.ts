import websocket from '@fastify/websocket';
import { tokenKey } from '@mcplog/access-control';
import { createLogger, createMetrics } from '@mcplog/service-host';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { AccessEvent } from '../src/index.ts';
import { createHttpDoor, reportAccess, subjectOf } from '../src/index.ts';
import { type OpenDoor, openDoor, sendBytes, session, TOKENS } from './open-door.ts';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor({ publicPort: 7070 });
});
afterAll(() => open.door.close());

const withPort = (text: string) => text.replace('PORT', String(open.port));

describe('the Host header', () => {
  it.each([
    '127.0.0.1:PORT',
    'localhost:PORT',
    'LOCALHOST:PORT',
    '[::1]:PORT',
    'localhost:7070',
    'logs.example.org',
    'logs.example.org:8443',
  ])('%s is ours', async (host) => {
    expect((await open.send('/open', { headers: { host: withPort(host) } })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:PORT',
    'localhost',
    'localhost:1',
    '127.0.0.1.evil.example:PORT',
    'localhost.evil.example:PORT',
    'logs.example.org:1',
    'logs.example.org.',
    'x@localhost:PORT',
    '0.0.0.0:PORT',
    '2130706433:PORT',
  ])('"%s" is refused, on public routes too', async (host) => {
    for (const target of ['/open', '/health/live', '/metrics', '/nowhere']) {
      const { status, body } = await open.send(target, { headers: { host: withPort(host) } });
      expect([status, body.error.code]).toEqual([403, 'MCPLOG_FOREIGN_HOST']);
    }
  });

  it.each(['Host:\r\n', 'Host: \r\n', ''])('%j names no host and is refused', async (line) => {
    const answer = await open.sendBytes(`GET /open HTTP/1.1\r\n${line}Connection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 40[03] /);
  });

  it('is refused when it comes twice', async () => {
    const head = `GET /open HTTP/1.1\r\nHost: localhost:${open.port}\r\nHost: evil.example\r\n`;
    const answer = await open.sendBytes(`${head}Connection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 40[03] /);
  });

  it('X-Forwarded-Host changes nothing', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'logs.example.org' };
    expect((await open.send('/open', { headers })).status).toBe(403);
  });
});

describe('the Origin header', () => {
  it.each(['http://localhost:PORT', 'http://127.0.0.1:7070', 'https://logs.example.org'])(
    '%s is ours',
    async (origin) => {
      expect((await open.send('/open', { headers: { origin: withPort(origin) } })).status).toBe(
        200,
      );
    },
  );

  it.each([
    'null',
    '',
    'http://evil.example',
    'http://localhost:1',
    'http://localhost',
    'https://logs.example.org.evil.example',
    'https://evil.example/logs.example.org',
    'https://logs.example.org/path',
    'file://',
    'chrome-extension://localhost:PORT',
  ])('"%s" is refused', async (origin) => {
    const { status, body } = await open.send('/open', { headers: { origin: withPort(origin) } });
    expect([status, body.error.code]).toEqual([403, 'MCPLOG_FOREIGN_HOST']);
  });
});

it('X-Forwarded-For is believed from a configured proxy only', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.9' };
  expect((await open.send('/open', { headers })).body.data.address).toBe('127.0.0.1');
  const behind = await openDoor({ trustProxy: ['127.0.0.1/32'] });
  expect((await behind.send('/open', { headers })).body.data.address).toBe('203.0.113.9');
  const forged = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' };
  expect((await behind.send('/open', { headers: forged })).body.data.address).toBe('203.0.113.9');
  await behind.door.close();
});

describe('a WebSocket upgrade', () => {
  const events: AccessEvent[] = [];
  let port = 0;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const door = await createHttpDoor({
      app: 'sockets',
      log: createLogger({ app: 'sockets', level: 'fatal' }),
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      sessions: { find: (key) => (key === tokenKey(TOKENS.anna) ? session('anna') : undefined) },
      metrics: createMetrics('sockets'),
      onAccess: (event) => void events.push(event),
    });
    await door.app.register(websocket);
    door.app.get('/ws', { websocket: true }, (socket, request) => {
      reportAccess(request, 101);
      socket.send(subjectOf(request).userId);
    });
    ({ port } = await door.listen());
    close = () => door.close();
  });
  afterAll(() => close());

  const connect = (headers: Record<string, string>) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers });
      socket.on('message', (data) => {
        resolve(String(data));
        socket.close();
      });
      socket.on('unexpected-response', (request, response) => {
        resolve(`refused ${response.statusCode}`);
        request.destroy();
      });
      socket.on('error', () => undefined);
    });
  const authorization = `Bearer ${TOKENS.anna}`;

  it('passes the same guards', async () => {
    expect(await connect({ authorization })).toBe('anna');
    expect(await connect({})).toBe('refused 401');
    expect(await connect({ authorization, origin: 'http://evil.example' })).toBe('refused 403');
    expect(await connect({ authorization, host: 'evil.example' })).toBe('refused 403');
  });

  it('that is refused does not keep its connection', async () => {
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    for (const target of ['/ws', '/nowhere', '/ws//']) {
      const head = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
      expect(await sendBytes(port, `${head}${upgrade}${key}\r\n`)).toMatch(/^HTTP\/1.1 40[014] /);
    }
  });

  it('is reported once, as soon as it is accepted', async () => {
    events.splice(0);
    await connect({ authorization });
    await connect({});
    await eventually(() => events.length >= 2);
    expect(events.map(({ status, subject }) => [status, subject?.userId])).toEqual([
      [101, 'anna'],
      [401, undefined],
    ]);
  });
});
