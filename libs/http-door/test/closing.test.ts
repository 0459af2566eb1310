import { once } from 'node:events';
import { createConnection } from 'node:net';
import websocket from '@fastify/websocket';
import { expect, it } from 'vitest';
import { openDoor, TOKENS } from './open-door.ts';

it('an answer under way is finished before the door closes', async () => {
  const entered = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const open = await openDoor({}, ({ app }) => {
    app.get('/slow', { config: { public: true } }, async () => {
      entered.resolve();
      await go.promise;
      return { data: 'done' };
    });
  });
  const answer = open.send('/slow');
  await entered.promise;
  const closed = open.door.close();
  go.resolve();
  expect((await answer).body).toEqual({ data: 'done' });
  await closed;
});

it('a WebSocket peer that never answers and a request that never ends are cut', async () => {
  const open = await openDoor({}, async ({ app }) => {
    await app.register(websocket);
    app.get('/ws', { websocket: true, config: { public: true } }, () => undefined);
  });
  const mute = createConnection(open.port, '127.0.0.1');
  const host = `Host: 127.0.0.1:${open.port}\r\n`;
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
  mute.write(
    `GET /ws HTTP/1.1\r\n${host}${upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  const [greeting] = await once(mute, 'data');
  expect(String(greeting)).toMatch(/^HTTP\/1.1 101 /);
  const unfinished = createConnection(open.port, '127.0.0.1');
  unfinished.on('error', () => undefined);
  const token = `Authorization: Bearer ${TOKENS.anna}\r\n`;
  const type = 'Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n';
  unfinished.write(`POST /api/v1/mcps HTTP/1.1\r\n${host}${token}${type}\r\n`);
  await once(unfinished, 'data');
  const ended = Promise.all([once(mute.resume(), 'close'), once(unfinished.resume(), 'close')]);
  await open.door.close();
  await ended;
});
