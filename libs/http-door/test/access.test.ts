import { tokenKey } from '@mcplog/access-control';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OpenDoor, openDoor, session, TOKENS } from './open-door.ts';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor({ rateLimit: { max: 100_000, windowMs: 60_000 } });
});
afterAll(() => open.door.close());
beforeEach(() => open.events.splice(0));

const OWN = '/api/v1/mcps/i-anna';

describe('authentication', () => {
  it('takes a Bearer token or the session cookie', async () => {
    expect((await open.send(OWN, { as: 'anna' })).status).toBe(200);
    const cookie = `a=b; mcplog_session=${TOKENS.anna}; c=d`;
    expect((await open.send(OWN, { headers: { cookie } })).status).toBe(200);
    const authorization = `bearer ${TOKENS.anna}`;
    expect((await open.send(OWN, { headers: { authorization } })).status).toBe(200);
  });

  it.each([
    ['nothing', {}],
    ['an unknown token', { authorization: 'Bearer nobody' }],
    ['another scheme', { authorization: `Basic ${TOKENS.anna}` }],
    ['two tokens', { authorization: `Bearer ${TOKENS.anna} ${TOKENS.anna}` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a prototype name', { authorization: 'Bearer __proto__' }],
    ['the cookie twice', { cookie: `mcplog_session=x; mcplog_session=${TOKENS.anna}` }],
    ['a quoted cookie', { cookie: `mcplog_session="${TOKENS.anna}"` }],
    ['a name that only ends so', { cookie: `x_mcplog_session=${TOKENS.anna}` }],
    [
      'a bad token beside a good cookie',
      {
        authorization: 'Bearer nobody',
        cookie: `mcplog_session=${TOKENS.anna}`,
      },
    ],
    ['a user named in headers', { 'x-user-id': 'anna', 'x-scope-orgid': 'anna' }],
  ])('%s is 401', async (_, headers) => {
    const { status, body, headers: got } = await open.send(OWN, { headers });
    expect([status, body.error.code]).toEqual([401, 'MCPLOG_NOT_LOGGED_IN']);
    expect(got['www-authenticate']).toBe('Bearer');
  });

  it.each(['2020-01-01T00:00:00Z', 'never', ''])(
    'a session until "%s" is over',
    async (expiresAt) => {
      open.sessions.set(tokenKey('old'), session('anna', { expiresAt }));
      expect((await open.send(OWN, { headers: { authorization: 'Bearer old' } })).status).toBe(401);
    },
  );

  it('a session that is removed ends with the next request', async () => {
    open.sessions.set(tokenKey('short'), session('anna'));
    const headers = { authorization: 'Bearer short' };
    expect((await open.send(OWN, { headers })).status).toBe(200);
    open.sessions.delete(tokenKey('short'));
    expect((await open.send(OWN, { headers })).status).toBe(401);
  });

  it('a public route knows who asks, if somebody does', async () => {
    expect((await open.send('/open', { as: 'anna' })).body.data.user).toBe('anna');
    expect((await open.send('/open')).body.data.user).toBe(null);
  });
});

describe('changes by cookie', () => {
  const stop = (headers: Record<string, string>) =>
    open.send(`${OWN}/stop`, {
      method: 'POST',
      headers: { cookie: `mcplog_session=${TOKENS.anna}`, ...headers },
    });

  it('need an origin of ours or Sec-Fetch-Site: same-origin', async () => {
    expect((await stop({ origin: `http://localhost:${open.port}` })).status).toBe(200);
    expect((await stop({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it.each([{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }])(
    'are refused with %j',
    async (headers) => {
      const { status, body } = await stop(headers);
      expect([status, body.error.code]).toEqual([403, 'MCPLOG_FORBIDDEN']);
    },
  );

  it('a Bearer token needs no origin: no browser adds it by itself', async () => {
    expect((await open.send(`${OWN}/stop`, { method: 'POST', as: 'anna' })).status).toBe(200);
  });
});

describe('a foreign instance', () => {
  it('answers a user exactly as one that does not exist', async () => {
    const foreign = await open.send(`${OWN}/logs`, { as: 'berta' });
    const missing = await open.send('/api/v1/mcps/i-none/logs', { as: 'berta' });
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    expect(foreign.text.replace('i-anna', 'i-none')).toBe(missing.text);
  });

  it('shows an administrator its metadata and refuses its logs', async () => {
    expect((await open.send(OWN, { as: 'admin' })).status).toBe(200);
    expect((await open.send(`${OWN}/logs`, { as: 'admin' })).status).toBe(403);
  });
});

describe('the access report', () => {
  const reports = async (count: number) =>
    eventually(() => (open.events.length >= count ? open.events : undefined));

  it('comes once per request, with subject, action, object and outcome', async () => {
    await open.send(`${OWN}/logs?limit=5`, { as: 'anna', headers: { 'x-request-id': 'r1' } });
    await open.send(`${OWN}/logs`, { as: 'berta', headers: { 'x-request-id': 'r2' } });
    await open.send('/api/v1/admin/thing', { as: 'anna', headers: { 'x-request-id': 'r3' } });
    await open.send(OWN, { headers: { 'x-request-id': 'r4' } });
    await open.send('/open', { headers: { 'x-request-id': 'r5' } });
    const found = await reports(5);
    const rows = found.map((e) => [
      e.requestId,
      e.subject?.userId,
      e.action,
      e.object,
      e.outcome,
      e.status,
    ]);
    expect(rows).toEqual([
      ['r1', 'anna', 'logs.read', 'i-anna', 'allowed', 200],
      ['r2', 'berta', 'logs.read', 'i-anna', 'hidden', 404],
      ['r3', 'anna', 'admin.read', undefined, 'denied', 403],
      ['r4', undefined, 'GET /api/v1/mcps/:instanceId', undefined, 'denied', 401],
      ['r5', undefined, 'open.read', undefined, 'allowed', 200],
    ]);
    expect(found[0]).toMatchObject({ address: '127.0.0.1', method: 'GET' });
    expect(found[0]?.route).toBe('/api/v1/mcps/:instanceId/logs');
  });

  it('and the log line never hold a token', () => {
    const all = open.logged.join('') + JSON.stringify(open.events);
    for (const token of Object.values(TOKENS)) expect(all).not.toContain(token);
  });

  it('leaves out probes', async () => {
    await open.send('/health/live');
    await open.send('/open');
    expect((await reports(1)).map((event) => event.route)).toEqual(['/open']);
  });
});
