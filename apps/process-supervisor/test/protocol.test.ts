/** Does the registry tell how a server speaks, also after its end, and without its secrets? */
import { eventually, realMcpServers } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callTool, openStage, type Stage } from './stage.ts';

const SECRET = 'sesame-open-4711-x9';
/** Names itself after its secret, pollutes its stdout and never answers a call. */
const BAD_SERVER = `
  const answer = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method } = JSON.parse(line);
    if (method !== 'initialize') return;
    console.log('debug: initialize');
    const serverInfo = { name: process.env.API_TOKEN, version: '1' };
    answer({ id, result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo } });
  });`;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  const { command, args } = realMcpServers().everything;
  await stage.addItem({ service: 'everything', command, args: [...args] });
  await stage.addItem({
    service: 'bad',
    command: 'node',
    args: ['-e', BAD_SERVER],
    env: { API_TOKEN: { secret: true, required: false } },
  });
  await stage.startSupervisor();
});

afterAll(() => stage.close());

const protocolOf = (id: string) => stage.registry.instance_status.get(id)?.protocol;

test('a server that keeps to the protocol has versions, names and outcomes, and no finding', async () => {
  const id = await stage.addInstance('everything');
  const client = await stage.connect(id);
  await callTool(client, 'echo', { message: 'hi' });
  await eventually(() => (protocolOf(id)?.outcomes.ok ?? 0) >= 2, { timeoutMs: 20_000 });
  expect(protocolOf(id)).toMatchObject({
    era: 'legacy',
    server: { name: 'mcp-servers/everything' },
    clients: [{ name: expect.any(String) }],
    figures: { pollution: 0, unanswered: 0 },
  });
  expect(protocolOf(id)?.protocolVersions).toHaveLength(1);
  await client.close();
});

test('what a server does wrong is told with the calls that its end left open, masked', async () => {
  const id = await stage.addInstance('bad', { secrets: { API_TOKEN: SECRET } });
  const client = await stage.connect(id);
  const call = client.callTool({ name: 'any', arguments: {} }).catch(() => 'no answer');
  await eventually(() => protocolOf(id)?.figures.pollution === 1, { timeoutMs: 20_000 });
  const record = stage.registry.instances.get(id);
  if (record === undefined) throw new Error('no record');
  await stage.registry.instances.put(id, { ...record, desired: 'stopped' });
  expect(await call).toBe('no answer');
  await eventually(() => stage.registry.instance_status.get(id)?.state === 'stopped');
  const protocol = protocolOf(id);
  expect(protocol?.outcomes).toMatchObject({ unanswered: 1 });
  expect(protocol?.findings.map(({ code, level }) => [code, level])).toEqual([
    ['pollution', 'error'],
    ['unanswered', 'warn'],
  ]);
  expect(JSON.stringify(protocol)).not.toContain(SECRET);
  expect(protocol?.server?.name).toContain('[masked:');
});
