import { expect, test } from 'vitest';
import {
  type CapturedRecord,
  type CaptureSession,
  type CaptureSessionOptions,
  createCaptureSession,
  LINE_BYTES_MAX,
} from './index.ts';

interface Run {
  readonly session: CaptureSession;
  readonly records: CapturedRecord[];
  readonly metadata: (place: number) => Record<string, unknown>;
  readonly clock: { nowMs: number };
  send(message: unknown): void;
  answer(message: unknown): void;
}

function start(options: Partial<CaptureSessionOptions> = {}): Run {
  const records: CapturedRecord[] = [];
  const clock = { nowMs: 1_000_000 };
  const session = createCaptureSession({
    mask: (text) => text,
    emit: (record) => records.push(record),
    clock: {
      wallMs: () => clock.nowMs,
      steadyMs: () => clock.nowMs,
      // What is held comes out at the end: these tests do not ask when.
      schedule: () => () => undefined,
    },
    processInfo: { run: 7 },
    lateStderrMs: 0,
    ...options,
  });
  return {
    session,
    records,
    clock,
    metadata: (place) => JSON.parse(`{${records.at(place)?.metadata}}`),
    send: (message) => session.clientToServer(Buffer.from(`${JSON.stringify(message)}\n`)),
    answer: (message) => session.serverStdout(Buffer.from(`${JSON.stringify(message)}\n`)),
  };
}

const call = (id: unknown, params: object = { name: 'echo' }) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params,
});
const result = (id: unknown, value: object = {}) => ({ result: value, jsonrpc: '2.0', id });

test('a request with id 0 and its answer become one call', () => {
  const { send, answer, records, metadata, clock, session } = start();
  send(call(0, { name: 'echo', _meta: { traceparent: '00-a-b-01' } }));
  expect(session.inFlight()).toBe(1);
  clock.nowMs += 12;
  answer(result(0));
  expect(session.inFlight()).toBe(0);
  expect(records).toMatchObject([
    { timestampMs: 1_000_012, type: 'http', level: 'info', message: 'tools/call echo ok 12 ms' },
  ]);
  expect(metadata(0)).toEqual({
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': 'echo',
    'jsonrpc.request.id': '0',
    traceparent: '00-a-b-01',
    durationMs: 12,
    requestBytes: JSON.stringify(call(0, { name: 'echo', _meta: { traceparent: '00-a-b-01' } }))
      .length,
    responseBytes: JSON.stringify(result(0)).length,
    outcome: 'ok',
    callId: '7-1',
    direction: 'client',
    levelReason: 'outcome',
  });
});

test('the text 1 and the number 1 are two requests', () => {
  const { send, answer, metadata, session } = start();
  send(call('1', { name: 'text' }));
  send(call(1, { name: 'number' }));
  answer(result(1));
  expect(metadata(0)['gen_ai.tool.name']).toBe('number');
  answer(result('1'));
  expect(metadata(1)['gen_ai.tool.name']).toBe('text');
  expect(session.counters.unpairedAnswers).toBe(0);
});

test('each outcome has its level', () => {
  const { send, answer, records, metadata } = start();
  const answers: [object, string, string][] = [
    [{ result: {} }, 'ok', 'info'],
    [{ result: { isError: true } }, 'tool_error', 'error'],
    [{ error: { code: -32603, message: 'fetch failed' } }, 'rpc_error', 'error'],
    [{ result: { resultType: 'input_required' } }, 'input_required', 'info'],
    [{ result: { content: [{ type: 'text', text: '{"error":"x"}' }] } }, 'suspected_error', 'warn'],
    [{ result: { content: [{ type: 'text', text: '{"error":null}' }] } }, 'ok', 'info'],
  ];
  for (const [i, [body]] of answers.entries()) {
    send(call(i));
    answer({ jsonrpc: '2.0', id: i, ...body });
  }
  expect(records.map(({ level }, i) => [metadata(i).outcome, level])).toEqual(
    answers.map(([, outcome, level]) => [outcome, level]),
  );
  expect(metadata(2)).toMatchObject({
    'rpc.response.status_code': '-32603',
    'error.type': '-32603',
    errorMessage: 'fetch failed',
  });
});

test('a cancelled call ends once, its late answer and late progress make nothing', () => {
  const { send, answer, records, metadata, session } = start();
  const cancel = (requestId: number, reason?: string) =>
    send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, reason } });
  send(call(0, { name: 'slow', _meta: { progressToken: 0 } }));
  answer({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 0 } });
  cancel(0);
  answer({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 0 } });
  answer(result(0));
  send(call(1));
  cancel(1, 'McpError: MCP error -32001: Request timed out');
  expect(records.map(({ level }) => level)).toEqual(['warn', 'warn']);
  expect(metadata(0)).toMatchObject({ outcome: 'cancelled', progressCount: 1 });
  expect(metadata(1)).toMatchObject({ outcome: 'timeout' });
  expect(session.counters.unpairedAnswers).toBe(1);
});

test('both directions have their own ids', () => {
  const { send, answer, metadata } = start();
  send(call(0));
  answer({ method: 'roots/list', jsonrpc: '2.0', id: 0 });
  send(result(0, { roots: [] }));
  answer(result(0));
  expect([metadata(0), metadata(1)]).toMatchObject([
    { 'mcp.method.name': 'roots/list', direction: 'server' },
    { 'mcp.method.name': 'tools/call', direction: 'client' },
  ]);
});

test('a batch is read message by message', () => {
  const { send, answer, metadata } = start();
  send([call(1), { jsonrpc: '2.0', id: 2, method: 'prompts/get', params: { name: 'greet' } }]);
  answer([result(2), result(1)]);
  expect([metadata(0), metadata(1)]).toMatchObject([
    { 'gen_ai.prompt.name': 'greet', 'jsonrpc.request.id': '2' },
    { 'gen_ai.tool.name': 'echo', 'jsonrpc.request.id': '1' },
  ]);
});

test('calls in flight when the process ends are unanswered', () => {
  const { send, session, records, metadata } = start();
  send(call(0));
  session.end({ exitCode: null, signal: 'SIGKILL', reason: 'out of memory' });
  expect(records).toMatchObject([{ type: 'http', level: 'error' }]);
  expect(metadata(0)).toMatchObject({
    outcome: 'unanswered',
    reason: 'process ended by SIGKILL: out of memory',
  });
});

test('past 10,000 calls in flight the oldest is given up', () => {
  const { send, session, records, metadata } = start();
  for (let id = 0; id <= 10_000; id++) send(call(id));
  expect(session.inFlight()).toBe(10_000);
  expect(records).toHaveLength(1);
  expect(metadata(0)).toMatchObject({
    'jsonrpc.request.id': '0',
    outcome: 'unanswered',
    reason: 'too many calls in flight',
  });
});

test('an answer of 10 MB still ends its call, and its size is told', () => {
  const { send, session, metadata } = start();
  send(call(3, { name: 'shot' }));
  const data = `${'A'.repeat(10 * 1024 * 1024)}\\"`;
  const line = Buffer.from(
    `{"result":{"content":[{"type":"image","data":"${data}"}],"isError":true},"jsonrpc":"2.0","id":3}`,
  );
  for (let at = 0; at < line.length; at += 65_536) {
    session.serverStdout(line.subarray(at, at + 65_536));
  }
  session.serverStdout(Buffer.from('\n'));
  expect(metadata(0)).toMatchObject({ outcome: 'tool_error', responseBytes: line.length });
  expect(session.counters.pollution).toBe(0);
});

test('a long batch is scanned like a short one is parsed, wherever its bytes are cut', () => {
  const { send, session, metadata, records } = start();
  send([call(1), call('two')]);
  const filler = { content: [{ type: 'text', text: `a\\"é\n${'x'.repeat(LINE_BYTES_MAX)}` }] };
  const batch = Buffer.from(
    `${JSON.stringify([result('two', filler), result(1, { ...filler, isError: true })])}\n`,
  );
  for (let at = 0; at < batch.length; at += 7) session.serverStdout(batch.subarray(at, at + 7));
  expect(records).toHaveLength(2);
  expect([metadata(0), metadata(1)]).toMatchObject([
    { 'jsonrpc.request.id': 'two', outcome: 'ok' },
    { 'jsonrpc.request.id': '1', outcome: 'tool_error' },
  ]);
});

test('text on a protocol stdout is kept as pollution, JSON logs included', () => {
  const { session, records, metadata } = start();
  session.serverStdout(
    Buffer.from('hello\n{"level":30,"msg":"x","method":"GET"}\n{"jsonrpc":"2.0"\n'),
  );
  session.end({ exitCode: 0 });
  expect(records.map(({ type, level, message }) => [type, level, message])).toEqual([
    ['stdout', undefined, 'hello'],
    ['stdout', undefined, '{"level":30,"msg":"x","method":"GET"}'],
    ['stdout', undefined, '{"jsonrpc":"2.0"'],
  ]);
  expect(metadata(0)).toEqual({ pollution: true });
  expect(session.counters.pollution).toBe(3);
});

test('stdout of a server that speaks HTTP is plain text, its messages come by themselves', () => {
  const { session, records, metadata } = start({ stdout: 'text' });
  session.serverStdout(Buffer.from('listening\n'));
  session.clientMessage(JSON.stringify(call(1)));
  session.serverMessage(JSON.stringify(result(1)));
  session.end({ exitCode: 0 });
  expect(records.map(({ type }) => type)).toEqual(['stdout', 'http']);
  expect(records[0]?.metadata).toBe('');
  expect(metadata(1)).toMatchObject({ outcome: 'ok' });
});

test('stderr says which call it belongs to when there is exactly one', () => {
  const { session, send, answer, records } = start();
  const print = (text: string) => session.serverStderr(Buffer.from(`${text}\n`));
  print('before');
  send(call(1));
  print('one');
  send(call(2));
  print('two');
  answer(result(1));
  answer(result(2));
  print('after');
  session.end({ exitCode: 0 });
  const text = records.filter(({ type }) => type === 'stderr');
  expect(text.map(({ message, metadata }) => [message, metadata])).toEqual([
    ['before', ''],
    ['one', '"callId":"7-1"'],
    ['two', '"callAmbiguous":true'],
    ['after', ''],
  ]);
});

test('what was printed during a call comes before the call, and no timestamp falls', () => {
  const { session, send, answer, records, clock } = start();
  send(call(1));
  session.serverStderr(Buffer.from('working\n'));
  clock.nowMs += 3;
  answer(result(1));
  clock.nowMs -= 500;
  session.serverStderr(Buffer.from('later\n'));
  session.end({ exitCode: 0 });
  expect(records.map(({ message }) => message)).toEqual([
    'working',
    'tools/call echo ok 3 ms',
    'later',
  ]);
  const times = records.map(({ timestampMs }) => timestampMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('notifications/message becomes an entry with its level', () => {
  const { answer, records, metadata } = start();
  const params = { level: 'critical', logger: 'db', data: { pool: 'gone' } };
  answer({ jsonrpc: '2.0', method: 'notifications/message', params });
  expect(records).toMatchObject([{ type: 'stdout', level: 'error', message: '{"pool":"gone"}' }]);
  expect(metadata(0)).toMatchObject({ logger: 'db', severityText: 'critical' });
});

test('a bridge reports the id and the session its client knows', () => {
  const { send, answer, metadata } = start({
    displayId: (wireId) => ({ id: `${wireId}-theirs`, sessionId: 's1' }),
  });
  send(call(0));
  answer(result(0));
  expect(metadata(0)).toMatchObject({ 'jsonrpc.request.id': '0-theirs', 'mcp.session.id': 's1' });
});

test('arguments and results are kept only as far as the policy says', () => {
  const seen = (['none', 'shape', 'truncated'] as const).map((payload) => {
    const { send, answer, metadata } = start({ payload });
    send(call(0, { name: 'write', arguments: { path: '/a', force: true } }));
    answer(result(0, { content: [] }));
    return [metadata(0)['gen_ai.tool.call.arguments'], metadata(0)['gen_ai.tool.call.result']];
  });
  expect(seen).toEqual([
    [undefined, undefined],
    ['{path:string(2),force:boolean}', '{content:array(0)}'],
    ['{"path":"/a","force":true}', '{"content":[]}'],
  ]);
});

test('a resource is named without user, query and fragment', () => {
  const { send, answer, metadata } = start();
  const uri = 'https://me:pw@host/a?token=x#y';
  send({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } });
  answer(result(1));
  expect(metadata(0)['mcp.resource.uri']).toBe('https://host/a');
});

test('nothing that a stranger wrote leaves unmasked', () => {
  const secret = 'sk-live-123';
  const { session, send, answer, records } = start({
    mask: (text) => text.replaceAll(secret, '[masked:x]'),
    payload: 'truncated',
    displayId: () => ({ id: secret, sessionId: secret }),
  });
  send({
    ...call(secret, {
      name: secret,
      arguments: { [secret]: secret },
      _meta: { traceparent: secret },
    }),
  });
  answer({ jsonrpc: '2.0', id: secret, error: { code: 1, message: secret } });
  send({ jsonrpc: '2.0', id: 1, method: secret });
  send({
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: 1, reason: secret },
  });
  send({ jsonrpc: '2.0', id: 2, method: 'resources/read', params: { uri: `file:///${secret}` } });
  answer(result(2, { contents: [secret] }));
  answer({
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: { level: secret, logger: secret, data: { a: secret } },
  });
  session.serverStdout(Buffer.from(`${secret}\n`));
  session.serverStderr(Buffer.from(`key ${secret}\n  more ${secret}\n`));
  session.note({
    level: 'info',
    message: secret,
    metadata: { a: secret, b: [{ c: secret }], [secret]: 1 },
  });
  session.end({ exitCode: 0, reason: secret });
  expect(records.map(({ type }) => type).sort()).toEqual([
    'http',
    'http',
    'http',
    'stderr',
    'stdout',
    'stdout',
    'system',
  ]);
  expect(JSON.stringify(records)).not.toContain(secret);
  expect(JSON.stringify(records)).toContain('[masked:x]');
});

test('a secret at the place where a long text is cut is masked before the cut', () => {
  const secret = 'sk-live-123';
  const places = Array.from({ length: 40 }, (_, i) => 480 + i);
  for (const place of places) {
    const { send, answer, session, records } = start({
      mask: (text) => text.replaceAll(secret, '[masked:x]'),
      payload: 'truncated',
    });
    const long = `${'a'.repeat(place)}${secret}${'b'.repeat(9000)}`;
    send(call(1, { name: long.slice(260), arguments: { long } }));
    answer({ jsonrpc: '2.0', id: 1, error: { code: 1, message: long } });
    session.end({ exitCode: 0 });
    expect(JSON.stringify(records)).not.toContain('sk-');
  }
});

test('metadata stays a valid object below 60,000 bytes whatever a caller hands in', () => {
  const { session, records, metadata } = start();
  session.note({
    level: 'info',
    message: 'big',
    metadata: Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`key${i}`, '\u0001é"'.repeat(9000)]),
    ),
  });
  expect(Buffer.byteLength(records[0]?.metadata ?? '')).toBeLessThan(60_000);
  expect(metadata(0).metadataCut).toBe(true);
});

test('chunks that come after the end are ignored', () => {
  const { session, records } = start();
  session.serverStderr(Buffer.from('tail without newline'));
  session.end({ exitCode: 0 });
  session.serverStderr(Buffer.from('late\n'));
  session.end({ exitCode: 0 });
  expect(records).toMatchObject([
    { message: 'tail without newline', metadata: '"unterminated":true' },
  ]);
});
