import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenDoor, openDoor } from './open-door.ts';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor({ rateLimit: { max: 100_000, windowMs: 60_000 } });
});
afterAll(() => open.door.close());

const as = 'anna' as const;

function encoded(text: string, times: number): string {
  return times === 0 ? text : encoded(encodeURIComponent(text).replaceAll('.', '%2E'), times - 1);
}

const BAD_IDS = [
  '..',
  '.',
  '../../etc/passwd',
  '..\\..\\etc',
  'i-anna/../i-berta',
  '-rf',
  '_x',
  'a.b',
  'a b',
  'a;b',
  'a%b',
  'ünï',
  'a\u0000',
  'a\n',
  'x'.repeat(65),
  'x'.repeat(2000),
];

describe.each([1, 2, 3])('ids encoded %i times', (times) => {
  it.each(BAD_IDS)('%j never reaches a handler', async (id) => {
    for (const rest of ['', '/logs']) {
      const { status, body } = await open.send(`/api/v1/mcps/${encoded(id, times)}${rest}`, { as });
      expect([400, 404, 414]).toContain(status);
      expect(body.error.code).toMatch(/^MCPLOG_(BAD_ID|BAD_REQUEST|NOT_FOUND)$/);
    }
  });
});

it('a bad id that needs no encoding is named as such, with what is accepted', async () => {
  for (const id of ['_x', '-rf', 'x'.repeat(65)]) {
    const { status, body } = await open.send(`/api/v1/mcps/${id}`, { as });
    expect([status, body.error.code]).toEqual([400, 'MCPLOG_BAD_ID']);
    expect(body.error.details[0].path).toBe('params.instanceId');
    expect(body.error.details[0].problem).toContain('[A-Za-z0-9]');
  }
});

it('letters of an id may be encoded once, and mean the same id', async () => {
  expect((await open.send('/api/v1/mcps/i%2Danna', { as })).body).toEqual({
    data: { id: 'i-anna' },
  });
  expect((await open.send('/api/v1/mcps/i%252Danna', { as })).status).toBe(400);
});

const VARIANTS = [
  '//api/v1/mcps/i-anna',
  '/api//v1/mcps/i-anna',
  '/api/v1/mcps//i-anna',
  '/api/v1/mcps/i-anna//logs',
  '/./api/v1/mcps/i-anna',
  '/api/v1/./mcps/i-anna',
  '/open/../api/v1/mcps/i-anna',
  '/health/live/../../api/v1/mcps/i-anna',
  '/api/v1/mcps/i-anna/.',
  '/api/v1/mcps/i-anna/..',
  '/api/v1/mcps/i-anna;x=1',
  '/api/v1/mcps;/i-anna',
  '/api/v1/mcps%2fi-anna',
  '/api/v1/mcps%2Fi-anna',
  '/api/v1/mcps%5ci-anna',
  '/api/v1/mcps\\i-anna',
  '/api/v1/%2e/mcps/i-anna',
  '/open/%2e%2e/api/v1/mcps/i-anna',
  '/api/v1/mcps/i-anna%00',
  '/api/v1/mcps/i-anna%3bx',
  '/api/v1/mcps/i-anna%',
  '/api/v1/mcps/i-anna%zz',
  '/api/v1/mcps/i-anna/',
  '/API/v1/mcps/i-anna',
  '/Api/V1/Mcps/i-anna',
  '/api/v1/mcps/i-anna#x',
  'http://127.0.0.1/api/v1/mcps/i-anna',
  'api/v1/mcps/i-anna',
  '*',
];

it.each(VARIANTS)('%s is refused, logged in or not', async (target) => {
  for (const options of [{}, { as }]) {
    const { status, body } = await open.send(target, options);
    expect([400, 404]).toContain(status);
    expect(body.error.code).toMatch(/^MCPLOG_/);
  }
});

it('the plain path works, so that the refusals above are about the variant', async () => {
  expect((await open.send('/api/v1/mcps/i-anna', { as })).status).toBe(200);
  expect((await open.send('/api/v1/mcps/i-anna')).status).toBe(401);
});

it.each(['\x00', ' ', '\t', '\x7f', '\xff'])(
  'the raw byte %j in a path is refused',
  async (byte) => {
    const head = `GET /api/v1/mcps/i-a${byte}nna HTTP/1.1\r\nHost: 127.0.0.1:${open.port}\r\n`;
    const answer = await open.sendBytes(`${head}Connection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
  },
);

it('a path that cannot be routed is reported like any other', async () => {
  const before = open.events.length;
  const { headers } = await open.send('/api/v1/mcps/%zz', { as });
  expect(open.events.slice(before)).toMatchObject([
    { requestId: headers['x-request-id'], status: 400 },
  ]);
});
