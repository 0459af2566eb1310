import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addInstance, type QueryService, startQueryService } from './query-service.ts';

let service: QueryService;

beforeAll(async () => {
  service = await startQueryService();
  await service.registry.catalogue.create('github', {
    service: 'github',
    command: 'node',
    args: [],
    env: {
      GITHUB_TOKEN: { secret: true, required: true },
      GITHUB_HOST: { secret: false, required: false },
    },
    transport: 'stdio',
    routing: { stderr: 'error-log' },
    updatedAt: new Date().toISOString(),
  });
});

afterAll(() => service.stop());

function create(body: object, user = 'ann') {
  return service.call(user, '/api/v1/mcps', { method: 'POST', body: JSON.stringify(body) });
}

const env = { GITHUB_TOKEN: 'ghp_the-secret', GITHUB_HOST: 'example.org' };

test('an instance is made with its secrets sealed, started, listed, stopped and deleted', async () => {
  const answer = await eventually(async () => {
    const tried = await create({ service: 'github', name: 'Mine', env });
    return tried.status === 201 && tried;
  });
  const { data } = (await answer.json()) as { data: { id: string; status: string; name: string } };
  expect(data).toMatchObject({ name: 'Mine', status: 'starting' });
  const record = service.registry.instances.get(data.id);
  expect(JSON.stringify(record)).not.toContain('ghp_the-secret');
  expect(record?.env).toEqual({ GITHUB_HOST: 'example.org' });
  for (const verb of ['stop', 'start', 'restart']) {
    const done = await service.call('ann', `/api/v1/mcps/${data.id}/${verb}`, { method: 'POST' });
    expect(done.status).toBe(202);
  }
  await eventually(() => service.registry.instances.get(data.id)?.restartCount === 2);
  const gone = await service.call('ann', `/api/v1/mcps/${data.id}`, { method: 'DELETE' });
  expect(gone.status).toBe(204);
  expect((await service.call('ann', `/api/v1/mcps/${data.id}`)).status).toBe(404);
});

test.each([
  [{ service: 'nowhere' }, 'service'],
  [{ service: 'github' }, 'env.GITHUB_TOKEN'],
  [{ service: 'github', env: { ...env, PATH: '/evil' } }, 'env.PATH'],
  [{ service: 'github', env: { ...env, constructor: 'x' } }, 'env.constructor'],
])('%j is refused and the problem named: %s', async (body, path) => {
  const answer = await create(body);
  expect(answer.status).toBe(400);
  const { error } = (await answer.json()) as { error: { details: { path: string }[] } };
  expect(error.details.map((detail) => detail.path)).toContain(path);
});

test('somebody else can neither stop nor delete an instance', async () => {
  const answer = await create({ service: 'github', env });
  const { data } = (await answer.json()) as { data: { id: string } };
  const stop = await service.call('bob', `/api/v1/mcps/${data.id}/stop`, { method: 'POST' });
  const gone = await service.call('bob', `/api/v1/mcps/${data.id}`, { method: 'DELETE' });
  expect([stop.status, gone.status]).toEqual([404, 404]);
  expect(service.registry.instances.get(data.id)?.desired).toBe('running');
});

test('a server that its owner wraps elsewhere cannot be started here', async () => {
  await addInstance(service, 'wrapped', { userId: 'ann', item: 'wrap' });
  for (const verb of ['start', 'restart']) {
    const answer = await service.call('ann', `/api/v1/mcps/wrapped/${verb}`, { method: 'POST' });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('mcplog wrap');
  }
});
