import { connectBus, provisionBus } from '@mcplog/message-bus';
import { eventually, startNats } from '@mcplog/test-kit';
import { afterEach, expect, test } from 'vitest';
import { openRegistry, RunCounter } from '../src/index.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startRegistries() {
  const nats = await startNats();
  closers.push(() => nats.stop());
  const open = async () => {
    const bus = await connectBus({ url: nats.url, app: 'test' });
    closers.push(() => bus.close());
    await provisionBus(bus);
    const registry = await openRegistry(bus, { watch: ['sessions', 'runs', 'tickets'] });
    closers.push(() => registry.close());
    return registry;
  };
  return { nats, one: await open(), other: await open() };
}

const session = {
  userId: 'u1',
  username: 'ann',
  role: 'user' as const,
  createdAt: '2026-11-23T00:00:00.000Z',
  expiresAt: '2026-11-24T00:00:00.000Z',
};

test('what one service writes is soon in the memory of another, and so is its end', async () => {
  const { one, other } = await startRegistries();
  await one.sessions.create('k', session);
  expect(one.sessions.get('k')).toEqual(session);
  await eventually(() => expect(other.sessions.get('k')).toEqual(session));
  await other.sessions.delete('k');
  await eventually(() => expect(one.sessions.get('k')).toBeUndefined());
});

test('reads go on while the bus is away, and changes made meanwhile arrive afterwards', async () => {
  const { nats, one, other } = await startRegistries();
  await one.sessions.create('k', session);
  await eventually(() => expect(other.sessions.get('k')).toEqual(session));
  await nats.kill();
  expect(other.sessions.get('k')).toEqual(session);
  await expect(one.sessions.create('l', session)).rejects.toThrow('not reachable');
  await nats.restart();
  await eventually(() => one.sessions.put('l', session).then(() => true));
  await eventually(() => expect(other.sessions.get('l')).toEqual(session), { timeoutMs: 15_000 });
});

test('a record that does not fit its schema is refused on the way in', async () => {
  const { one } = await startRegistries();
  await expect(one.sessions.put('k', { ...session, role: 'king' as 'user' })).rejects.toThrow(
    TypeError,
  );
});

test('counters in two processes never hand out the same run', async () => {
  const { one, other } = await startRegistries();
  const counters = [new RunCounter(one.runs), new RunCounter(other.runs)];
  const taken = await Promise.all(
    Array.from({ length: 40 }, (_, i) => (counters[i % 2] as RunCounter).take('instance')),
  );
  expect(new Set(taken).size).toBe(40);
});

test('a ticket can be taken by one caller only', async () => {
  const { one, other } = await startRegistries();
  const ticket = { userId: 'u', instanceId: 'i', sessionKey: 's', expiresAt: session.expiresAt };
  await one.tickets.create('t', ticket);
  const taken = await Promise.all([
    one.tickets.take('t'),
    other.tickets.take('t'),
    one.tickets.take('t'),
  ]);
  expect(taken.filter((each) => each !== undefined)).toEqual([ticket]);
});
