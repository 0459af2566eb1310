import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, makeTempDir } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rig, startAdminApi } from './admin-api-rig.ts';

let rig: Rig;
let admin: string;
beforeAll(async () => {
  rig = await startAdminApi();
  admin = await rig.adminToken();
});
afterAll(() => rig.stop());

const password = 'a-long-password';
const createUser = (username: string, role = 'user') =>
  rig.call('/api/v1/admin/users', { token: admin, body: { username, password, role } });
const asAdmin = (method: string, path: string, body?: unknown) =>
  rig.call(path, { method, token: admin, body });

describe('users', () => {
  test('one is made, listed, given another password and deleted', async () => {
    const made = await createUser('Ann.Example');
    expect(made.status).toBe(201);
    const { id } = made.body.data;
    expect(made.body.data).toMatchObject({ username: 'Ann.Example', role: 'user' });
    expect(id).toMatch(/^ann-example-[a-z0-9]{8}$/);
    expect(JSON.stringify(made.body)).not.toMatch(/scrypt|password/i);
    const { body } = await asAdmin('GET', '/api/v1/admin/users');
    expect(body.data.map((user: { id: string }) => user.id)).toContain(id);
    const { token } = (await rig.login('ann.example', password)).body.data;
    const set = await asAdmin('PUT', `/api/v1/admin/users/${id}/password`, {
      password: 'the-second-password',
    });
    expect(set.status).toBe(204);
    expect((await rig.call('/api/v1/auth/me', { token })).status).toBe(401);
    expect((await rig.login('ann.example', 'the-second-password')).status).toBe(200);
    expect((await asAdmin('DELETE', `/api/v1/admin/users/${id}`)).status).toBe(204);
    expect((await rig.login('ann.example', 'the-second-password')).status).toBe(401);
    expect((await asAdmin('DELETE', `/api/v1/admin/users/${id}`)).status).toBe(404);
  });

  test('names are unique whatever their case, and free again after a deletion', async () => {
    const first = await createUser('Unique');
    const second = await createUser('uNIQUE');
    expect(second.status).toBe(409);
    expect(second.body.error.code).toBe('MCPLOG_CONFLICT');
    await asAdmin('DELETE', `/api/v1/admin/users/${first.body.data.id}`);
    expect((await createUser('uNIQUE')).status).toBe(201);
  });

  test('of many creations of one name at once exactly one wins and no other leaves a trace', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => createUser('racer')));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
    await eventually(() => {
      const named = rig.registry.users.list().filter(({ username }) => username === 'racer');
      return named.length === 1;
    });
  });

  test('one who owns instances is not deleted', async () => {
    const { id } = (await createUser('owner')).body.data;
    await rig.registry.instances.create('owned-1', {
      id: 'owned-1',
      userId: id,
      service: 'everything',
      name: 'Mine',
      desired: 'stopped',
      restartCount: 0,
      env: { PLAIN: 'value' },
      sealedEnv: '',
      createdAt: '2026-11-23T00:00:00.000Z',
    });
    await eventually(async () => {
      const { body } = await asAdmin('GET', '/api/v1/admin/instances');
      expect(body.data).toMatchObject([
        { id: 'owned-1', user_id: id, username: 'owner', status: 'unknown' },
      ]);
      expect(JSON.stringify(body)).not.toContain('PLAIN');
      return true;
    });
    const refused = await asAdmin('DELETE', `/api/v1/admin/users/${id}`);
    expect(refused.status).toBe(409);
    expect(refused.body.error.details).toEqual([{ path: 'instances', problem: 'owned-1' }]);
    expect((await rig.login('owner', password)).status).toBe(200);
  });

  test('the last administrator is not deleted', async () => {
    const { body } = await rig.call('/api/v1/auth/me', { token: admin });
    const refused = await asAdmin('DELETE', `/api/v1/admin/users/${body.data.user.id}`);
    expect(refused.status).toBe(409);
  });

  test('short passwords, bad roles and bad ids are refused', async () => {
    const body = { username: 'short', password: 'short', role: 'king' };
    const refused = await rig.call('/api/v1/admin/users', { token: admin, body });
    expect(refused.status).toBe(400);
    expect(refused.body.error.details).toHaveLength(2);
    const bad = await asAdmin('DELETE', '/api/v1/admin/users/..%2fadmin');
    expect(bad.status).toBe(400);
    expect(bad.body.error.code).toBe('MCPLOG_BAD_ID');
  });
});

describe('the catalogue', () => {
  test('an item gets its defaults, is replaced whole, and goes', async () => {
    const path = '/api/v1/admin/catalogue/everything';
    const made = await asAdmin('PUT', path, { command: '/no/such/command' });
    expect(made.status).toBe(200);
    expect(made.body.data).toMatchObject({
      service: 'everything',
      command: '/no/such/command',
      args: [],
      env: {},
      transport: 'stdio',
      routing: { stderr: 'error-log' },
    });
    const env = { TOKEN: { secret: true, required: true } };
    await asAdmin('PUT', path, { command: 'node', env, routing: { stderr: 'by-level' } });
    const { body } = await asAdmin('GET', '/api/v1/admin/catalogue');
    expect(body.data).toMatchObject([{ command: 'node', env, routing: { stderr: 'by-level' } }]);
    expect((await asAdmin('DELETE', path)).status).toBe(409);
    await rig.registry.instances.delete('owned-1');
    await eventually(async () => (await asAdmin('DELETE', path)).status === 204);
    expect((await asAdmin('DELETE', path)).status).toBe(404);
  });

  test('a bad variable name and an unknown transport are refused', async () => {
    const body = {
      command: 'x',
      env: { '1BAD': { secret: true, required: true } },
      transport: 'x',
    };
    const refused = await asAdmin('PUT', '/api/v1/admin/catalogue/bad', body);
    expect(refused.status).toBe(400);
  });
});

test('every administrative route is closed to users, and the refusal is in the security log', async () => {
  await createUser('plain');
  const { token } = (await rig.login('plain', password)).body.data;
  const attempts: [string, string, unknown?][] = [
    ['GET', '/api/v1/admin/users'],
    ['POST', '/api/v1/admin/users', { username: 'x', password, role: 'admin' }],
    ['DELETE', '/api/v1/admin/users/some-id'],
    ['PUT', '/api/v1/admin/users/some-id/password', { password }],
    ['GET', '/api/v1/admin/catalogue'],
    ['PUT', '/api/v1/admin/catalogue/x', { command: 'x' }],
    ['DELETE', '/api/v1/admin/catalogue/x'],
    ['GET', '/api/v1/admin/instances'],
    ['GET', '/api/v1/admin/logs/system'],
    ['GET', '/api/v1/admin/logs/health'],
  ];
  for (const [method, path, body] of attempts) {
    expect((await rig.call(path, { method, token, body })).status, `${method} ${path}`).toBe(403);
    expect((await rig.call(path, { method, body })).status, `${method} ${path}`).toBe(401);
  }
  await eventually(() => {
    const denied = rig.told.filter(
      ({ category, record }) => category === 'security' && record.event === 'access_denied',
    );
    return denied.length === attempts.length;
  });
});

test('what administrators do is in the audit log with who, what and from where', async () => {
  const { id } = (await createUser('audited')).body.data;
  await eventually(() => {
    const entry = rig.told.find(
      ({ record }) => record.event === 'user_created' && record.metadata?.targetUserId === id,
    );
    expect(entry).toMatchObject({
      category: 'audit',
      record: { metadata: { username: 'admin', targetUsername: 'audited', address: '127.0.0.1' } },
    });
    return true;
  });
});

describe('the first administrator', () => {
  test('a password made here is left in its file for the owner only, and opens the door', async () => {
    const file = join(await makeTempDir('first'), 'password');
    const fresh = await startAdminApi({
      MCPLOG_ADMIN_PASSWORD: '',
      MCPLOG_FIRST_PASSWORD_FILE: file,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const made = readFileSync(file, 'utf8').trim();
    expect((await fresh.login('admin', made)).status).toBe(200);
    await fresh.stop();
  });

  test('it is made once, whatever a later start is told', async () => {
    await rig.startAnother({ MCPLOG_ADMIN_PASSWORD: 'some-other-password' });
    expect((await rig.login('admin', 'some-other-password')).status).toBe(401);
    const admins = rig.registry.users.list().filter(({ username }) => username === 'admin');
    expect(admins).toHaveLength(1);
    expect(existsSync(join(rig.dataDir, 'first-password'))).toBe(false);
  });
});
