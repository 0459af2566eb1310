import { createServer } from 'node:net';
import { tokenKey } from '@mcplog/access-control';
import { eventually, freePort, startRedis, type TestServer } from '@mcplog/test-kit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HttpDoorOptions } from '../src/index.ts';
import { type OpenDoor, openDoor, session } from './open-door.ts';

const doors: OpenDoor[] = [];
async function limited(max: number, overrides: Partial<HttpDoorOptions> = {}): Promise<OpenDoor> {
  const open = await openDoor({ rateLimit: { max, windowMs: 60_000 }, ...overrides });
  doors.push(open);
  return open;
}
afterEach(async () => {
  for (const { door } of doors.splice(0)) await door.close();
});

type Sending = Parameters<OpenDoor['send']>[1];
async function statuses(open: OpenDoor, times: number, options?: Sending): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < times; i += 1) found.push((await open.send('/open', options)).status);
  return found;
}

describe('in memory', () => {
  it('each user has the whole limit, and one more is 429 with Retry-After', async () => {
    const open = await limited(3);
    expect(await statuses(open, 4, { as: 'anna' })).toEqual([200, 200, 200, 429]);
    expect(await statuses(open, 3, { as: 'berta' })).toEqual([200, 200, 200]);
    const { headers, body } = await open.send('/open', { as: 'anna' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(body.error.code).toBe('MCPLOG_TOO_MANY_REQUESTS');
    expect(body.error.details[0].problem).toContain('3 requests in 60 s');
  });

  it('a user counts as one, with however many sessions', async () => {
    const open = await limited(2);
    open.sessions.set(tokenKey('second'), session('anna'));
    await statuses(open, 2, { as: 'anna' });
    expect(await statuses(open, 1, { headers: { authorization: 'Bearer second' } })).toEqual([429]);
  });

  it('guessing tokens, and paths nobody knows, count against the address', async () => {
    const open = await limited(2);
    const guess = (token: string) =>
      open.send('/api/v1/mcps/i-anna', { headers: { authorization: `Bearer ${token}` } });
    expect([(await guess('a')).status, (await guess('b')).status]).toEqual([401, 401]);
    expect((await guess('c')).status).toBe(429);
    expect((await open.send('/nowhere')).status).toBe(429);
    expect((await open.send('/open', { as: 'anna' })).status).toBe(200);
  });

  it('probes are never limited', async () => {
    const open = await limited(1);
    await statuses(open, 2);
    expect((await open.send('/health/live')).status).toBe(200);
  });

  it('a route may have a limit of its own', async () => {
    const open = await limited(100);
    const found = [];
    for (let i = 0; i < 3; i += 1) found.push(await open.send('/scarce'));
    expect(found.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(found[2]?.body.error.code).toBe('MCPLOG_TOO_MANY_REQUESTS');
    expect(found[2]?.headers['retry-after']).toBeDefined();
    expect((await open.send('/open')).status).toBe(200);
  });
});

describe('in Redis', () => {
  let redis: TestServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('two instances of a service share the count, two services do not', async () => {
    const one = await limited(3, { redisUrl: redis.url, app: 'shared' });
    const two = await limited(3, { redisUrl: redis.url, app: 'shared' });
    const other = await limited(3, { redisUrl: redis.url, app: 'other' });
    expect(one.door.limitBackend()).toBe('redis');
    expect(await statuses(one, 2, { as: 'anna' })).toEqual([200, 200]);
    expect(await statuses(two, 2, { as: 'anna' })).toEqual([200, 429]);
    expect(await statuses(other, 1, { as: 'anna' })).toEqual([200]);
  });

  it('when Redis dies every request is still answered, and its return is noticed', async () => {
    const open = await limited(1000, { redisUrl: redis.url, app: 'dies' });
    expect(await statuses(open, 2)).toEqual([200, 200]);
    await redis.kill();
    expect(await statuses(open, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(open.door.limitBackend()).toBe('memory');
    expect(open.logged.filter((line) => line.includes('Redis does not answer'))).toHaveLength(1);
    await redis.restart();
    await eventually(async () => {
      await open.send('/open');
      return open.door.limitBackend() === 'redis';
    });
  });
});

it('an unreachable Redis at start is one log line, and memory counts', async () => {
  const open = await limited(2, { redisUrl: `redis://127.0.0.1:${await freePort()}` });
  expect(open.door.limitBackend()).toBe('memory');
  expect(await statuses(open, 3)).toEqual([200, 200, 429]);
  expect(open.logged.filter((line) => line.includes('Redis does not answer'))).toHaveLength(1);
});

it('a Redis that accepts and never answers does not hold requests', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const open = await limited(2, { redisUrl: `redis://127.0.0.1:${port}` });
  expect(await statuses(open, 3)).toEqual([200, 200, 429]);
  expect(open.door.limitBackend()).toBe('memory');
  await open.door.close();
  silent.close();
});
