import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_PASSWORD, type Rig, startAdminApi } from './admin-api-rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startAdminApi();
});
afterAll(() => rig.stop());

const told = (event: string) => rig.told.filter(({ record }) => record.event === event);

async function newUser(username: string, password = 'a-long-password') {
  const token = await rig.adminToken();
  const body = { username, password, role: 'user' };
  const answer = await rig.call('/api/v1/admin/users', { token, body });
  expect(answer.status).toBe(201);
  return answer.body.data as { id: string; username: string; role: string };
}

describe('login', () => {
  test('answers with a token that works as Bearer and as cookie', async () => {
    const answer = await rig.login('admin', ADMIN_PASSWORD);
    expect(answer.status).toBe(200);
    const { token, expires_at, user } = answer.body.data;
    expect(user).toMatchObject({ username: 'admin', role: 'admin' });
    const hours = (Date.parse(expires_at) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(11.9);
    expect(hours).toBeLessThanOrEqual(12);
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^mcplog_session=.*; HttpOnly; SameSite=Strict$/);
    expect(cookie).toContain(`mcplog_session=${token};`);
    const me = { data: { user } };
    expect((await rig.call('/api/v1/auth/me', { token })).body).toEqual(me);
    const headers = { cookie: `mcplog_session=${token}` };
    expect((await rig.call('/api/v1/auth/me', { headers })).body).toEqual(me);
  });

  test('a wrong password and an unknown name are refused in the same words', async () => {
    await newUser('words');
    const [wrong, unknown] = [
      await rig.login('words', 'not the password'),
      await rig.login('nobody-of-that-name', 'not the password'),
    ];
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.body).toEqual(unknown.body);
    expect(wrong.body.error.code).toBe('MCPLOG_BAD_LOGIN');
  });

  test('the name is accepted in any case', async () => {
    await newUser('MixedCase');
    expect((await rig.login('mixedcase', 'a-long-password')).status).toBe(200);
  });

  test('unknown fields and wrong types are refused with every problem', async () => {
    const answer = await rig.call('/api/v1/auth/login', { body: { username: 7, extra: true } });
    expect(answer.status).toBe(400);
    const paths = answer.body.error.details.map(({ path }: { path: string }) => path);
    expect(paths.toSorted()).toEqual(['body.extra', 'body.password', 'body.username']);
  });

  test('after some failures the account has to wait, even with the right password', async () => {
    await newUser('guessed');
    for (let i = 0; i < 5; i++) {
      expect((await rig.login('guessed', `guess number ${i}`)).status).toBe(401);
    }
    const slowed = await rig.login('guessed', 'a-long-password');
    expect(slowed.status).toBe(429);
    expect(slowed.body.error.code).toBe('MCPLOG_TOO_MANY_REQUESTS');
    expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const again = await eventually(async () => {
      const answer = await rig.login('guessed', 'a-long-password');
      return answer.status === 429 ? undefined : answer;
    });
    expect(again.status).toBe(200);
    await eventually(() => told('login_slowed').length > 0);
  });

  test('successes and failures are in the security log, without passwords', async () => {
    await newUser('told');
    await rig.login('told', 'wrong password here');
    await rig.login('told', 'a-long-password');
    await eventually(() =>
      told('login_ok').some(({ record }) => record.metadata?.username === 'told'),
    );
    const failed = told('login_failed').find(({ record }) => record.metadata?.username === 'told');
    expect(failed).toMatchObject({ category: 'security', record: { level: 'warn' } });
    expect(failed?.record.metadata).toHaveProperty('address', '127.0.0.1');
    const all = JSON.stringify(rig.told);
    expect(all).not.toContain('wrong password here');
    expect(all).not.toContain('a-long-password');
  });
});

describe('the end of sessions', () => {
  test('logout ends the session on every service', async () => {
    const other = await rig.startAnother();
    const token = await rig.adminToken();
    const me = () =>
      fetch(`${other.url}/api/v1/auth/me`, { headers: { authorization: `Bearer ${token}` } });
    await eventually(async () => (await me()).ok);
    expect((await rig.call('/api/v1/auth/logout', { method: 'POST', token })).status).toBe(204);
    expect((await rig.call('/api/v1/auth/me', { token })).status).toBe(401);
    await eventually(async () => (await me()).status === 401);
  });

  test('a new password ends every other session of the user and keeps this one', async () => {
    await newUser('changer');
    const login = async (password: string) =>
      (await rig.login('changer', password)).body.data.token;
    const [here, there] = [await login('a-long-password'), await login('a-long-password')];
    const next = 'another-long-password';
    const change = (current: string) =>
      rig.call('/api/v1/auth/password', { token: here, body: { current, next } });
    expect((await change('not the current one')).status).toBe(401);
    expect((await change('a-long-password')).status).toBe(204);
    expect((await rig.call('/api/v1/auth/me', { token: here })).status).toBe(200);
    expect((await rig.call('/api/v1/auth/me', { token: there })).status).toBe(401);
    expect((await rig.login('changer', 'a-long-password')).status).toBe(401);
    expect((await rig.login('changer', next)).status).toBe(200);
  });

  test('nobody is nobody: no credential, a made-up one', async () => {
    expect((await rig.call('/api/v1/auth/me')).status).toBe(401);
    expect((await rig.call('/api/v1/auth/me', { token: 'made-up' })).status).toBe(401);
  });
});
