/** Can administrators, and only they, ask for maintenance and follow it? */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, startAdminApi } from './admin-api-rig.ts';

let rig: Rig;
let token: string;
beforeAll(async () => {
  rig = await startAdminApi();
  token = await rig.adminToken();
  mkdirSync(join(rig.logDir, 'users/user_ann/mcp_figma-1'), { recursive: true });
});
afterAll(() => rig.stop());

const ask = (kind: string, body?: unknown) =>
  rig.call(`/api/v1/admin/maintenance/${kind}`, { method: 'POST', token, body });
const job = (id: string, method = 'GET') => rig.call(`/api/v1/admin/jobs/${id}`, { method, token });

test('a job is asked for without a body or with a scope, and can be looked at', async () => {
  const whole = await ask('rotate');
  expect(whole.status).toBe(202);
  const scoped = await ask('seal', { user: 'ann', instance: 'figma-1' });
  expect(scoped.status).toBe(202);
  expect((await job(scoped.body.data.jobId)).body.data).toMatchObject({
    kind: 'seal',
    status: 'queued',
    progress: 0,
    user: 'ann',
    instance: 'figma-1',
    requested_by: 'admin',
  });
  const { body } = await rig.call('/api/v1/admin/jobs', { token });
  expect(body.data.map(({ id }: { id: string }) => id)).toEqual([
    scoped.body.data.jobId,
    whole.body.data.jobId,
  ]);
  await eventually(
    () => rig.told.filter(({ record }) => record.event === 'job_requested').length === 2,
  );
});

test('how far a job is, and what came of it, is told', async () => {
  const { jobId } = (await ask('verify')).body.data;
  const put = (change: object) =>
    rig.registry.jobs.update(jobId, (now) => now && { ...now, ...change });
  await put({ status: 'running', done: 1, total: 4 });
  await eventually(async () => (await job(jobId)).body.data.progress === 0.25);
  await put({ status: 'done', result: { sealed: 3 } });
  await eventually(async () => (await job(jobId)).body.data.status === 'done');
  expect((await job(jobId)).body.data).toMatchObject({ progress: 1, result: { sealed: 3 } });
  expect((await job(jobId, 'DELETE')).body.error.code).toBe('MCPLOG_CONFLICT');
});

test('a waiting job is cancelled at once, a running one is asked to stop', async () => {
  const { jobId } = (await ask('seal')).body.data;
  expect((await job(jobId, 'DELETE')).body.data.status).toBe('cancelled');
  const running = (await ask('seal')).body.data.jobId;
  await rig.registry.jobs.update(running, (now) => now && { ...now, status: 'running' });
  await eventually(async () => (await job(running)).body.data.status === 'running');
  expect((await job(running, 'DELETE')).status).toBe(202);
  await eventually(() => rig.registry.jobs.get(running)?.cancelRequested);
});

test('what there is not is refused, and the answer says what there is', async () => {
  for (const kind of ['retention', 'backup', 'restore', 'nonsense']) {
    const answer = await ask(kind);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'MCPLOG_BAD_REQUEST']);
    expect(answer.body.error.details[0].problem).toBe('accepted: rotate, seal, verify');
  }
  expect((await ask('rotate', { instance: '../etc' })).status).toBe(400);
  expect((await ask('rotate', { everything: true })).status).toBe(400);
  expect((await ask('rotate', { user: 'nobody' })).status).toBe(404);
  expect((await ask('rotate', { instance: 'unknown' })).status).toBe(404);
  expect((await job('none')).status).toBe(404);
});

test('nobody but administrators may ask or look', async () => {
  const password = 'a-long-password';
  const body = { username: 'bob', password, role: 'auditor' };
  await rig.call('/api/v1/admin/users', { token, body });
  const { token: other } = (await rig.login('bob', password)).body.data;
  const path = '/api/v1/admin/maintenance/rotate';
  expect((await rig.call(path, { method: 'POST', token: other })).status).toBe(403);
  expect((await rig.call(path, { method: 'POST' })).status).toBe(401);
  expect((await rig.call('/api/v1/admin/jobs', {})).status).toBe(401);
});
