/** Protocol version 2026-07-28: requests without a session. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, makeTempDir } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

/** A stdio server of that era; it repeats the id it was asked under. */
const MODERN_SERVER = `
const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
const key = 'io.modelcontextprotocol/subscriptionId';
let rest = '';
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\\n');
  rest = lines.pop();
  for (const line of lines) take(JSON.parse(line));
}).on('end', () => process.exit());
function take({ id, method, params }) {
  if (method === 'notifications/cancelled') console.error('cancelled');
  else if (method === 'tools/list') {
    const progressToken = params._meta.progressToken;
    if (progressToken !== undefined) {
      say({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    }
    say({ id, result: { resultType: 'complete', tools: [] } });
  } else if (method === 'subscriptions/listen') {
    const _meta = { [key]: id };
    say({ method: 'notifications/subscriptions/acknowledged', params: { _meta } });
    say({ method: 'notifications/tools/list_changed', params: { _meta } });
  } else if (id !== undefined) say({ id, error: { code: -32601, message: 'no such method' } });
}
`;

let stage: Stage;
let instanceId: string;

beforeAll(async () => {
  stage = await openStage();
  const file = join(await makeTempDir('modern'), 'server.mjs');
  await writeFile(file, MODERN_SERVER);
  await stage.addItem({ service: 'modern', command: 'node', args: [file] });
  await stage.startSupervisor();
  instanceId = await stage.addInstance('modern');
  await eventually(() => stage.registry.instance_status.get(instanceId));
});

afterAll(() => stage.close());

interface AskOptions {
  readonly meta?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

function ask(method: string, { meta = {}, headers = {}, signal }: AskOptions = {}) {
  const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', ...meta };
  return stage.fetch(`/mcp/${instanceId}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 'my-id', method, params: { _meta } }),
    ...(signal !== undefined && { signal }),
  });
}

const dataOf = (text: string) =>
  [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json as string));

test('a request without a session is answered under its own id', async () => {
  const answer = await ask('tools/list');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('mcp-session-id')).toBeNull();
  expect(await answer.json()).toMatchObject({ id: 'my-id', result: { tools: [] } });
});

test('progress comes first on a stream that ends with the answer', async () => {
  const answer = await ask('tools/list', { meta: { progressToken: 'mine' } });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const messages = dataOf(await answer.text());
  expect(messages.map(({ params, id }) => params?.progressToken ?? id)).toEqual(['mine', 'my-id']);
});

test('an unknown method is 404, and headers that contradict the body are 400', async () => {
  expect((await ask('server/unknown')).status).toBe(404);
  expect((await ask('tools/list', { headers: { 'mcp-method': 'tools/call' } })).status).toBe(400);
});

test('a subscription is named as its client names it, and ends with the connection', async () => {
  const abort = new AbortController();
  const answer = await ask('subscriptions/listen', { signal: abort.signal });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  for (let isOver = false; !isOver && dataOf(text).length < 2; ) {
    const { value, done } = await reader.read();
    text += Buffer.from(value ?? []).toString();
    isOver = done;
  }
  expect(dataOf(text)).toHaveLength(2);
  for (const { params } of dataOf(text)) {
    expect(params._meta).toEqual({ 'io.modelcontextprotocol/subscriptionId': 'my-id' });
  }
  abort.abort();
  await eventually(() =>
    stage.entriesOf(instanceId).some(({ message }) => message === 'cancelled'),
  );
});
