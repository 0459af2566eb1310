import { eventually, realMcpServers } from '@mcplog/test-kit';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callTool, NUMBERED_SERVER, openStage, type Stage } from './stage.ts';

let stage: Stage;
let instanceId: string;

beforeAll(async () => {
  stage = await openStage();
  const { everything } = realMcpServers();
  await stage.addItem({ service: 'everything', ...everything, args: [...everything.args] });
  await stage.addItem({ service: 'numbered', command: 'node', args: [NUMBERED_SERVER] });
  await stage.startSupervisor();
  instanceId = await stage.addInstance('everything');
});

afterAll(() => stage.close());

test('twenty sessions with the same ids at once each get their own answers', async () => {
  const clients: Client[] = [];
  for (let i = 0; i < 20; i++) clients.push(await stage.connect(instanceId));
  const answers = await Promise.all(
    clients.flatMap((client, i) =>
      Array.from({ length: 20 }, (_, k) => callTool(client, 'echo', { message: `${i}/${k}` })),
    ),
  );
  const expected = clients.flatMap((_, i) =>
    Array.from({ length: 20 }, (_, k) => `Echo: ${i}/${k}`),
  );
  expect(answers).toEqual(expected);
  await Promise.all(clients.map((client) => client.close()));
});

test('progress reaches the session that asked, and no other', async () => {
  const [one, two] = [await stage.connect(instanceId), await stage.connect(instanceId)];
  const seen: string[] = [];
  const run = (client: Client, name: string, steps: number) =>
    client.callTool(
      { name: 'trigger-long-running-operation', arguments: { duration: 1, steps } },
      undefined,
      { onprogress: ({ total }) => seen.push(`${name} of ${total}`) },
    );
  await Promise.all([run(one, 'one', 3), run(two, 'two', 5)]);
  expect(seen.toSorted()).toEqual([...Array(3).fill('one of 3'), ...Array(5).fill('two of 5')]);
  await Promise.all([one.close(), two.close()]);
});

test('log messages reach every session that listens', async () => {
  const clients = [await stage.connect(instanceId), await stage.connect(instanceId)];
  const heard = new Set<Client>();
  for (const client of clients) {
    client.setNotificationHandler(LoggingMessageNotificationSchema, () => void heard.add(client));
  }
  await callTool(clients[0] as Client, 'toggle-simulated-logging');
  await eventually(() => heard.size === 2);
  await callTool(clients[0] as Client, 'toggle-simulated-logging');
  await Promise.all(clients.map((client) => client.close()));
});

test('a session ends with its process, and another one finds the next process', async () => {
  const id = await stage.addInstance('numbered');
  const client = await stage.connect(id);
  await stage.registry.instances.update(id, (row) => row && { ...row, restartCount: 1 });
  await eventually(() =>
    callTool(client, 'stats').then(
      () => false,
      () => true,
    ),
  );
  const headers = {
    'mcp-session-id': 'long-gone',
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const answer = await stage.fetch(`/mcp/${id}`, { method: 'POST', headers, body });
  expect(answer.status).toBe(404);
  const next = await stage.connect(id);
  expect(JSON.parse(await callTool(next, 'stats'))).toHaveProperty('pid');
  await next.close();
});

test('a cancelled call is called off on the server under its id there', async () => {
  const [other, client] = [await stage.connect(instanceId), await stage.connect(instanceId)];
  const abort = new AbortController();
  const call = client.callTool(
    { name: 'trigger-long-running-operation', arguments: { duration: 30, steps: 3 } },
    undefined,
    { signal: abort.signal },
  );
  call.catch(() => undefined);
  await callTool(client, 'echo', { message: 'meanwhile' });
  abort.abort('enough');
  await expect(call).rejects.toThrow();
  await eventually(() =>
    stage
      .entriesOf(instanceId)
      .some(({ metadata }) => metadata.outcome === 'cancelled' && metadata.reason === 'enough'),
  );
  expect(await callTool(other, 'echo', { message: 'still here' })).toBe('Echo: still here');
  await Promise.all([other.close(), client.close()]);
});
