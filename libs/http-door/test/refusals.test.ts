import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenDoor, openDoor } from './open-door.ts';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor({ bodyLimit: 512 });
});
afterAll(() => open.door.close());

const as = 'anna' as const;
const MCPS = '/api/v1/mcps';
const LOGS = `${MCPS}/i-anna/logs`;

describe('query parameters', () => {
  it('numbers and booleans arrive as such, defaults are filled in', async () => {
    const { body } = await open.send(`${LOGS}?limit=7&exact=true&search=42`, { as });
    expect(body).toEqual({ data: { limit: 7, exact: true, search: '42' } });
    expect((await open.send(LOGS, { as })).body).toEqual({ data: { limit: 100 } });
  });

  it('all problems are named at once, each with what is accepted', async () => {
    const target = `${LOGS}?limit=0&order=up&search=123456789&exact=1`;
    const { status, body } = await open.send(target, { as });
    expect(status).toBe(400);
    expect(body.error.code).toBe('MCPLOG_BAD_REQUEST');
    expect(body.error.details).toEqual([
      { path: 'query.limit', problem: 'must be >= 1' },
      { path: 'query.order', problem: 'must be one of asc, desc' },
      { path: 'query.search', problem: 'must NOT have more than 8 characters' },
      { path: 'query.exact', problem: 'must be boolean' },
    ]);
  });

  it('an unknown one is refused with the names that are accepted', async () => {
    const { status, body } = await open.send(`${LOGS}?limt=1&order=up`, { as });
    expect([status, body.error.code]).toEqual([400, 'MCPLOG_UNKNOWN_PARAMETER']);
    expect(body.error.details).toEqual([
      { path: 'query.limt', problem: 'is unknown; accepted: limit, order, search, exact' },
      { path: 'query.order', problem: 'must be one of asc, desc' },
    ]);
  });

  it('a route that takes none refuses any', async () => {
    const { status, body } = await open.send(`${MCPS}/i-anna?x=1`, { as });
    expect([status, body.error.code]).toEqual([400, 'MCPLOG_UNKNOWN_PARAMETER']);
  });

  it.each(['1e2', '0x10', '', ' 1', '1.5', 'NaN', '١', '99999999999999999999'])(
    'the limit "%s" is no whole number',
    async (text) => {
      const { status } = await open.send(`${LOGS}?limit=${encodeURIComponent(text)}`, { as });
      expect(status).toBe(400);
    },
  );

  it('a parameter given twice is refused where one is expected', async () => {
    expect((await open.send(`${LOGS}?limit=1&limit=2`, { as })).status).toBe(400);
  });

  it.each(['__proto__', 'constructor', 'toString'])('the name %s is unknown', async (name) => {
    const { status, body } = await open.send(`${LOGS}?${name}=1`, { as });
    expect([status, body.error.code]).toEqual([400, 'MCPLOG_UNKNOWN_PARAMETER']);
  });
});

describe('bodies', () => {
  const post = (body: string, headers = {}) =>
    open.send(MCPS, { method: 'POST', as, body, headers });

  it('a good one is taken as it is', async () => {
    const { status, body } = await post('{"service":"github"}');
    expect([status, body]).toEqual([201, { data: { service: 'github', by: 'anna' } }]);
  });

  it('all problems are named at once and no value is repeated', async () => {
    const { body, text } = await post('{"service":"","count":"12","pasword":"hunter2"}');
    expect(body.error.code).toBe('MCPLOG_BAD_REQUEST');
    expect(body.error.details.map((detail: { path: string }) => detail.path).sort()).toEqual([
      'body.count',
      'body.pasword',
      'body.service',
    ]);
    expect(text).not.toContain('hunter2');
  });

  it('a missing one is refused by a route that needs one, and is fine for one that does not', async () => {
    expect((await post('')).status).toBe(400);
    const stop = await open.send(`${MCPS}/i-anna/stop`, { method: 'POST', as, body: '' });
    expect(stop.body).toEqual({ data: { id: 'i-anna', body: null } });
  });

  it.each([
    ['broken', '{"service":'],
    ['with __proto__', '{"service":"x","__proto__":{"admin":true}}'],
    ['with constructor.prototype', '{"service":"x","constructor":{"prototype":{"a":1}}}'],
  ])('JSON %s is refused', async (_, body) => {
    const answer = await post(body);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'MCPLOG_BAD_REQUEST']);
  });

  it('one over the limit is refused with the limit', async () => {
    const { status, body } = await post(JSON.stringify({ service: 'x'.repeat(600) }));
    expect([status, body.error.code]).toEqual([413, 'MCPLOG_TOO_LARGE']);
    expect(body.error.message).toContain('512 bytes');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    '%s, which any page may send, is refused',
    async (type) => {
      const { status, body } = await post('{"service":"x"}', { 'content-type': type });
      expect([status, body.error.code]).toEqual([415, 'MCPLOG_UNSUPPORTED_MEDIA_TYPE']);
    },
  );
});

describe('everything else', () => {
  it('a path nobody knows is 404, with or without login', async () => {
    for (const options of [{}, { as }]) {
      const { status, body } = await open.send('/nowhere?x=1', options);
      expect([status, body.error.code]).toEqual([404, 'MCPLOG_NOT_FOUND']);
    }
  });

  it('a known path with another method is 405 and names the methods', async () => {
    const { status, body, headers } = await open.send(`${MCPS}/i-anna`, { method: 'PUT', as });
    expect([status, body.error.code]).toEqual([405, 'MCPLOG_METHOD_NOT_ALLOWED']);
    expect(headers.allow).toBe('GET, HEAD');
  });

  it('an error of our own is logged under the request id and not shown', async () => {
    const { status, body, text, headers } = await open.send('/boom', { as });
    expect([status, body.error.code]).toEqual([500, 'MCPLOG_INTERNAL']);
    expect(text).not.toContain('nobody may see');
    expect(body.error.message).toContain(headers['x-request-id']);
    const line = open.logged.find((text) => text.includes('nobody may see'));
    expect(line).toContain(String(headers['x-request-id']));
  });

  it('bytes that are no HTTP get the same envelope', async () => {
    const answer = await open.sendBytes('GET / HTTP/1.1\r\nBad Header\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').error.code).toBe('MCPLOG_BAD_REQUEST');
  });

  it('headers beyond the limit of the server are refused in the same form', async () => {
    const { status, body } = await open.send('/open', { headers: { x: 'a'.repeat(20_000) } });
    expect([status, body.error.code]).toEqual([431, 'MCPLOG_TOO_LARGE']);
  });
});

describe('answers', () => {
  it('carry headers that fit an API, refusals too', async () => {
    for (const target of ['/open', '/nowhere', LOGS]) {
      expect((await open.send(target)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
    }
  });

  it('give back a safe request id and make one in place of any other', async () => {
    const sent = await open.send('/open', { headers: { 'x-request-id': 'abc.DEF-1_2' } });
    expect(sent.headers['x-request-id']).toBe('abc.DEF-1_2');
    for (const id of ['', '../x', 'a b', 'a\tb', 'x'.repeat(65), '{"a":1}']) {
      const { headers } = await open.send('/open', { headers: { 'x-request-id': id } });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(open.logged.some((line) => line.includes('"reqId":"abc.DEF-1_2"'))).toBe(true);
  });
});
