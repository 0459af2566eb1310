import { eventually, realMcpServers } from '@mcplog/test-kit';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NUMBERED_SERVER, openStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  const { everything } = realMcpServers();
  await stage.addItem({
    service: 'everything',
    ...everything,
    args: [...everything.args],
    env: { API_TOKEN: { secret: true, required: true } },
  });
  await stage.addItem({
    service: 'numbered',
    command: 'node',
    args: [NUMBERED_SERVER],
    env: { API_TOKEN: { secret: true, required: false } },
  });
  await stage.startSupervisor();
});

afterAll(() => stage.close());

async function connect(instanceId: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${stage.url}/mcp/${instanceId}`), {
      requestInit: { headers: { authorization: `Bearer ${stage.tokens.ann}` } },
    }) as Parameters<Client['connect']>[0],
  );
  return client;
}

test('calls, stderr and the start of a server are entries, numbered without a hole', async () => {
  const id = await stage.addInstance('everything', { secrets: { API_TOKEN: 'sesame-open-4711' } });
  const client = await connect(id);
  const answer = await client.callTool({ name: 'echo', arguments: { message: 'hi' } });
  expect(answer.content).toEqual([{ type: 'text', text: 'Echo: hi' }]);
  await client.close();
  await eventually(() => stage.entriesOf(id).some(({ message }) => message.includes('echo')));
  const entries = stage.entriesOf(id);
  expect(entries[0]?.metadata).toMatchObject({ event: 'instance_starting' });
  expect(entries.map(({ n }) => n)).toEqual(entries.map((_, i) => i + 1));
  expect(entries.find(({ type }) => type === 'stderr')?.message).toContain('Starting default');
  const call = entries.find(({ metadata }) => metadata['gen_ai.tool.name'] === 'echo');
  expect(call).toMatchObject({
    type: 'http',
    level: 'info',
    metadata: { outcome: 'ok', 'jsonrpc.request.id': '1' },
  });
});
