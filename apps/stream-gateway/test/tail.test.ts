import { tokenKey } from '@mcplog/access-control';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GatewayService, openTail, range, startGateway, write } from './gateway-service.ts';

let service: GatewayService;
const path = '/ws/mcps/i1/logs';
const ann = { token: 'token-ann' };
let written = 0;

beforeAll(async () => {
  service = await startGateway();
});

afterAll(() => service.stop());

/** Appends the next entries of ann's instance; returns their numbers. */
function append(count: number, silent = false): number[] {
  const from = written + 1;
  written += count;
  write(service, { from, to: written, silent });
  return range(from, written);
}

test('a tail sends what is appended from now on, in the form of the seed', async () => {
  append(3);
  const tail = await openTail(service.address, path, ann);
  const expected = append(5);
  await eventually(() => tail.numbers().length === 5);
  expect(tail.numbers()).toEqual(expected);
  expect(tail.messages.find(({ type }) => type === 'log_entry')).toMatchObject({
    type: 'log_entry',
    data: { level: expect.any(String), message: expect.stringContaining('message'), metadata: {} },
  });
  tail.socket.close();
});

test('a tail resumes behind its cursor without a hole and without a repeat', async () => {
  const first = await openTail(service.address, path, ann);
  const before = append(4);
  await eventually(() => first.numbers().length === 4);
  const last = first.messages.at(-1);
  first.socket.close();
  const missed = append(2_000);
  const cursor = last?.type === 'log_entry' ? last.cursor : '';
  const second = await openTail(service.address, path, { ...ann, subscribe: { resume: cursor } });
  const after = append(3);
  await eventually(() => second.numbers().length >= missed.length + after.length);
  expect(first.numbers()).toEqual(before);
  expect(second.numbers()).toEqual([...missed, ...after]);
  second.socket.close();
});

test('entries whose message the bus lost are read from the files', async () => {
  const tail = await openTail(service.address, path, ann);
  const expected = [...append(2), ...append(3, true), ...append(2)];
  await eventually(() => tail.numbers().length >= expected.length);
  expect(tail.numbers()).toEqual(expected);
  tail.socket.close();
});

test('filters hold for live entries and for resumed ones', async () => {
  const all = await openTail(service.address, path, ann);
  const start = all.messages.find(({ type }) => type === 'subscribed');
  append(40);
  await eventually(() => all.numbers().length === 40);
  const resume = start?.type === 'subscribed' ? start.cursor : null;
  const subscribe = { filters: { level: 'error' }, resume, batch: true };
  const errors = await openTail(service.address, path, { ...ann, subscribe });
  append(20);
  await eventually(() => errors.numbers().length >= 6);
  expect(errors.numbers()).toEqual(range(written - 59, written).filter((n) => n % 10 === 0));
  expect(errors.messages.some(({ type }) => type === 'entries')).toBe(true);
  all.socket.close();
  errors.socket.close();
});

test('a filter or cursor that makes no sense is answered with an error message', async () => {
  for (const subscribe of [{ filters: { regex: '(' } }, { resume: 'garbage' }, { wrong: 1 }]) {
    const tail = await openTail(service.address, path, { ...ann, subscribe });
    expect(tail.messages.at(-1)?.type).toBe('error');
    tail.socket.close();
  }
});

async function ticketFor(token: string, instanceId: string): Promise<Response> {
  return fetch(`http://${service.address}/api/v1/mcps/${instanceId}/logs/ticket`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
}

test('a ticket opens one tail of one instance, once', async () => {
  const answer = await ticketFor('token-ann', 'i1');
  const { data } = (await answer.json()) as { data: { ticket: string } };
  await expect(openTail(service.address, `/ws/mcps/i2/logs?ticket=${data.ticket}`)).rejects.toThrow(
    /401/,
  );
  const again = (await (await ticketFor('token-ann', 'i1')).json()) as { data: { ticket: string } };
  const url = `${path}?ticket=${again.data.ticket}`;
  const tail = await openTail(service.address, url);
  tail.socket.close();
  await expect(openTail(service.address, url)).rejects.toThrow(/401/);
});

test('nobody tails what is somebody else’s, nor without a session, nor the system as a user', async () => {
  expect((await ticketFor('token-ann', 'i2')).status).toBe(404);
  expect((await ticketFor('token-ann', 'i9')).status).toBe(404);
  await expect(openTail(service.address, '/ws/mcps/i2/logs', ann)).rejects.toThrow(/404/);
  await expect(openTail(service.address, path)).rejects.toThrow(/401/);
  await expect(openTail(service.address, '/ws/admin/logs', ann)).rejects.toThrow(/403/);
});

test('a page of another origin cannot open a tail', async () => {
  const { WebSocket } = await import('ws');
  const headers = { authorization: 'Bearer token-ann', origin: 'http://evil.example' };
  const socket = new WebSocket(`ws://${service.address}${path}`, { headers });
  const status = await new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
  });
  expect(status).toBe(403);
});

test('a session that ends closes its tails', async () => {
  const createdAt = new Date().toISOString();
  const expiresAt = new Date(Date.now() + 60_000).toISOString();
  const session = { userId: 'ann', username: 'ann', role: 'user', createdAt, expiresAt } as const;
  await service.registry.sessions.create(tokenKey('short'), session);
  const tail = await eventually(() =>
    openTail(service.address, path, { token: 'short' }).catch(() => undefined),
  );
  await service.registry.sessions.delete(tokenKey('short'));
  expect(await tail.closed).toBe(4401);
});
