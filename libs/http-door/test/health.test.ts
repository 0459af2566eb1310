import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OpenDoor, openDoor } from './open-door.ts';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor();
});
afterAll(() => open.door.close());

it('is live without login', async () => {
  const { status, body } = await open.send('/health/live');
  expect([status, body]).toEqual([200, { data: { status: 'live' } }]);
});

it('is ready when there are no problems, else 503 with each of them', async () => {
  expect((await open.send('/health/ready')).status).toBe(200);
  open.problems.push('the bus is away', 'the disk is full');
  const { status, body } = await open.send('/health/ready');
  expect([status, body.error.code]).toEqual([503, 'MCPLOG_SERVICE_UNAVAILABLE']);
  expect(body.error.details.map((detail: { problem: string }) => detail.problem)).toEqual([
    'the bus is away',
    'the disk is full',
  ]);
});

it('gives figures of its requests to a neighbour', async () => {
  await open.send('/api/v1/mcps/i-anna', { as: 'anna' });
  const { status, text } = await open.send('/metrics');
  expect(status).toBe(200);
  expect(text).toMatch(
    /mcplog_http_request_seconds_count\{.*route="\/api\/v1\/mcps\/:instanceId".*\} 1/,
  );
});

it('gives no figures to whoever comes through a proxy', async () => {
  const headers = { 'x-forwarded-for': '127.0.0.1' };
  expect((await open.send('/metrics', { headers })).status).toBe(404);
});
