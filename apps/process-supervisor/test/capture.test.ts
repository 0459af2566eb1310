import { eventually, isAlive, realMcpServers } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callTool, NUMBERED_SERVER, openStage, type Stage } from './stage.ts';

const SECRET = 'sesame-open-4711-x9';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  await stage.addItem({ service: 'everything', ...openEverything() });
  await stage.addItem({
    service: 'numbered',
    command: 'node',
    args: [NUMBERED_SERVER],
    env: {
      API_TOKEN: { secret: true, required: false },
      IGNORE_STDIN_CLOSE: { secret: false, required: false },
      IGNORE_SIGTERM: { secret: false, required: false },
    },
  });
  await stage.addItem({ service: 'missing', command: 'no-such-program-4711' });
  await stage.addItem({ service: 'crashing', command: 'node', args: ['-e', 'process.exit(3)'] });
  await stage.startSupervisor();
});

afterAll(() => stage.close());

function openEverything() {
  const { command, args } = realMcpServers().everything;
  return { command, args: [...args] };
}

const messagesOf = (id: string) => stage.entriesOf(id).map(({ message }) => message);

function stateOf(id: string) {
  return stage.registry.instance_status.get(id)?.state;
}

test('calls, stderr and the start of a server are entries, numbered without a hole', async () => {
  const id = await stage.addInstance('everything');
  const client = await stage.connect(id);
  expect(await callTool(client, 'echo', { message: 'hi' })).toBe('Echo: hi');
  await client.close();
  await eventually(() => messagesOf(id).some((message) => message.includes('echo')));
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
  expect(call?.metadata['mcp.session.id']).toBeTypeOf('string');
});

test('an injected secret reaches the child and no batch, in whatever form it is printed', async () => {
  const id = await stage.addInstance('numbered', { secrets: { API_TOKEN: SECRET } });
  const client = await stage.connect(id);
  expect(await callTool(client, 'env', { name: 'API_TOKEN' })).toBe('printed');
  await callTool(client, 'print', { stream: 'stderr', text: `and ${SECRET} again, the end` });
  await client.close();
  await eventually(() => messagesOf(id).some((message) => message.includes('the end')));
  const all = JSON.stringify(stage.entriesOf(id));
  expect(all).not.toContain(SECRET);
  expect(all).not.toContain(Buffer.from(SECRET).toString('base64'));
  expect(all).toContain('[masked:');
});

test('a program that does not exist is a failed instance with an entry, and no crash', async () => {
  const id = await stage.addInstance('missing');
  await eventually(() => stateOf(id) === 'failed');
  await eventually(() => messagesOf(id).length > 0);
  expect(stage.entriesOf(id)[0]).toMatchObject({ type: 'system', level: 'error' });
  expect(messagesOf(id)[0]).toContain('no-such-program-4711 cannot be started');
  const answer = await stage.fetch(`/mcp/${id}`, { method: 'POST' });
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ error: { code: 'MCPLOG_INSTANCE_NOT_RUNNING' } });
});

test('binary, invalid UTF-8, 10 MB without a newline and a burst lose no line', async () => {
  const id = await stage.addInstance('numbered');
  const client = await stage.connect(id);
  await callTool(client, 'invalid_utf8');
  await callTool(client, 'binary', { bytes: 4096 });
  await callTool(client, 'no_newline', { bytes: 10 * 1024 * 1024 });
  await callTool(client, 'print', { stream: 'stderr', text: '' });
  await callTool(client, 'burst', { count: 100_000, bytes: 80 });
  await client.close();
  await eventually(() => messagesOf(id).some((message) => message.startsWith('line 100000.')), {
    timeoutMs: 30_000,
  });
  const entries = stage.entriesOf(id);
  expect(entries.map(({ n }) => n)).toEqual(entries.map((_, i) => i + 1));
  const lines = entries.flatMap(({ message }) => message.match(/^line \d+/gm) ?? []);
  expect(lines).toEqual(Array.from({ length: 100_000 }, (_, i) => `line ${i + 1}`));
  expect(entries.some(({ metadata }) => metadata.invalidUtf8 === true)).toBe(true);
  const long = entries.find(({ metadata }) => metadata.cut === true);
  expect(long?.message.length).toBeLessThanOrEqual(64 * 1024);
  const times = entries.map(({ timestampMs }) => timestampMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('a crash has a death certificate, and the call in flight an error that names it', async () => {
  const id = await stage.addInstance('numbered');
  const client = await stage.connect(id);
  await callTool(client, 'start_grandchild');
  await callTool(client, 'print', { stream: 'stderr', text: 'last words' });
  const sleeping = callTool(client, 'sleep', { ms: 60_000 });
  await Promise.all([
    expect(sleeping).rejects.toThrow(/exit code 7/),
    expect(callTool(client, 'crash', { code: 7 })).rejects.toThrow(/exit code 7/),
  ]);
  const isCertificate = (entry: { metadata: Record<string, unknown> }) =>
    entry.metadata.event === 'instance_ended';
  await eventually(() => stage.entriesOf(id).some(isCertificate));
  expect(stage.entriesOf(id).find(isCertificate)).toMatchObject({
    level: 'error',
    metadata: { exitCode: 7, askedBy: 'nobody', callsInFlight: 2, orphansKilled: 1 },
  });
  expect(stage.entriesOf(id).find(isCertificate)?.metadata.lastStderr).toContain('last words');
  await eventually(() => stage.entriesOf(id).some(({ run, n }) => run === 2 && n === 1));
});

test('a server that ignores everything is stopped when its owner wants it', async () => {
  const id = await stage.addInstance('numbered', {
    env: { IGNORE_STDIN_CLOSE: '1', IGNORE_SIGTERM: '1' },
  });
  await eventually(() => stateOf(id) === 'running');
  const pid = stage.registry.instance_status.get(id)?.pid as number;
  await stage.registry.instances.update(id, (row) => row && { ...row, desired: 'stopped' });
  await eventually(() => stateOf(id) === 'stopped');
  expect(isAlive(pid)).toBe(false);
  const certificate = await eventually(() =>
    stage.entriesOf(id).find(({ metadata }) => metadata.event === 'instance_ended'),
  );
  expect(certificate.metadata).toMatchObject({ signal: 'SIGKILL', askedBy: 'the owner' });
});

test('a crash loop is told once', async () => {
  const id = await stage.addInstance('crashing');
  const isLoop = (message: string) => message.startsWith('crash loop');
  await eventually(() => messagesOf(id).some(isLoop), { timeoutMs: 30_000 });
  expect(messagesOf(id).filter(isLoop)).toHaveLength(1);
  expect(stage.entriesOf(id).filter(({ metadata }) => metadata.exitCode === 3)).toHaveLength(5);
});

test("somebody else's instance is not there", async () => {
  const id = await stage.addInstance('everything');
  await eventually(() => stateOf(id) === 'running');
  const foreign = await stage.fetch(`/mcp/${id}`, { method: 'POST', as: 'ben' });
  const unknown = await stage.fetch('/mcp/nobody-s', { method: 'POST', as: 'ben' });
  expect([foreign.status, unknown.status]).toEqual([404, 404]);
});
