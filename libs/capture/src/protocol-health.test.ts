import { expect, test } from 'vitest';
import { type CapturedRecord, createCaptureSession } from './index.ts';
import { looksFailed } from './silent-failure.ts';

function start() {
  const records: CapturedRecord[] = [];
  const session = createCaptureSession({
    mask: (text) => text,
    emit: (record) => records.push(record),
    processInfo: { run: 3 },
    lateStderrMs: 0,
  });
  const line = (message: object) =>
    Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  return {
    session,
    send: (message: object) => session.clientToServer(line(message)),
    answer: (message: object) => session.serverStdout(line(message)),
    calls: () =>
      records
        .filter(({ type }) => type === 'http')
        .map(({ metadata }) => JSON.parse(`{${metadata}}`) as Record<string, unknown>),
    figures: () => session.health().figures,
  };
}

const MODERN = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } };

test('a server that speaks well has no findings', () => {
  const { send, answer, session } = start();
  send({ id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
  answer({
    id: 0,
    result: { protocolVersion: '2025-11-25', serverInfo: { name: 's', version: '1' } },
  });
  send({ id: 1, method: 'tools/list' });
  answer({ id: 1, result: { tools: [] } });
  expect(session.health()).toMatchObject({
    era: 'legacy',
    protocolVersions: ['2025-11-25'],
    server: { name: 's', version: '1' },
    outcomes: { ok: 2 },
    findings: [],
  });
});

test('answers nobody waits for are told apart: second, late and unasked', () => {
  const { send, answer, figures } = start();
  send({ id: 1, method: 'ping' });
  answer({ id: 1, result: {} });
  answer({ id: 1, result: {} });
  send({ id: 2, method: 'ping' });
  send({ method: 'notifications/cancelled', params: { requestId: 2 } });
  answer({ id: 2, result: {} });
  answer({ id: 99, result: {} });
  expect(figures()).toMatchObject({ duplicateAnswers: 1, lateAnswers: 1, unknownAnswers: 1 });
});

test('an id may be used again once its call has ended, not before', () => {
  const { send, answer, figures, calls } = start();
  send({ id: 1, method: 'ping' });
  answer({ id: 1, result: {} });
  send({ id: 1, method: 'ping' });
  expect(figures().reusedIds).toBe(0);
  send({ id: 1, method: 'tools/list' });
  expect(figures()).toMatchObject({ reusedIds: 1, unanswered: 1 });
  expect(calls().at(-1)).toMatchObject({ outcome: 'unanswered', reason: 'id used again' });
});

test('pollution, foreign input, null ids and strange levels are counted and told, worst first', () => {
  const { send, answer, session } = start();
  session.serverStdout(Buffer.from('debug: hello\n\n'));
  session.clientToServer(Buffer.from('this is not json\n'));
  send({ id: null, method: 'ping' });
  answer({ id: null, error: { code: -32700, message: 'Parse error' } });
  answer({ method: 'notifications/message', params: { level: 'loud', data: 'x' } });
  const { figures, findings } = session.health();
  expect(figures).toMatchObject({ pollution: 1, foreignInput: 1, nullIds: 1, unknownLogLevels: 1 });
  expect(findings.map(({ code }) => code)).toEqual([
    'pollution',
    'unknownAnswers',
    'nullIds',
    'foreignInput',
    'unknownLogLevels',
  ]);
  expect(findings[0]).toMatchObject({ level: 'error', count: 1 });
});

test('a server of 2026-07-28 may not ask its client, an older one may', () => {
  const modern = start();
  modern.send({ id: 0, method: 'tools/list', params: MODERN });
  modern.answer({ id: 5, method: 'roots/list' });
  expect(modern.session.health()).toMatchObject({
    era: 'modern',
    figures: { forbiddenServerRequests: 1 },
  });
  const legacy = start();
  legacy.send({ id: 0, method: 'initialize', params: {} });
  legacy.answer({ id: 0, result: { protocolVersion: '2025-06-18' } });
  legacy.answer({ id: 0, method: 'roots/list' });
  expect(legacy.figures().forbiddenServerRequests).toBe(0);
});

test('a server that clients of both eras use is of both', () => {
  const { send, answer, session, calls } = start();
  send({ id: 0, method: 'server/discover', params: MODERN });
  answer({ id: 0, error: { code: -32601, message: 'Method not found' } });
  send({ id: 1, method: 'initialize', params: {} });
  answer({ id: 1, result: { protocolVersion: '2025-06-18' } });
  send({ id: 2, method: 'ping' });
  answer({ id: 2, result: {} });
  expect(session.health().era).toBe('both');
  expect(calls().map((call) => call['mcp.protocol.version'])).toEqual([
    '2026-07-28',
    '2025-06-18',
    '2025-06-18',
  ]);
});

test('a message over 10 MiB is found, and requests before a handshake are', () => {
  const { send, session } = start();
  send({ id: 0, method: 'tools/list' });
  session.serverStdout(Buffer.from('{"jsonrpc":"2.0","id":0,"result":{"data":"'));
  for (let i = 0; i < 11; i++) session.serverStdout(Buffer.alloc(1024 * 1024, 'x'));
  session.serverStdout(Buffer.from('"}}\n'));
  expect(session.health().figures).toMatchObject({ oversizedMessages: 1, earlyRequests: 1 });
});

test('calls of one exchange that asks for input are a chain', () => {
  const { send, answer, calls } = start();
  const ask = (id: number, more: object = {}) =>
    send({ id, method: 'tools/call', params: { name: 'book', ...MODERN, ...more } });
  ask(1);
  answer({
    id: 1,
    result: { resultType: 'input_required', requestState: 's1', inputRequests: {} },
  });
  ask(2);
  ask(3, { inputResponses: {}, requestState: 's1' });
  answer({ id: 3, result: { resultType: 'input_required', requestState: 's2' } });
  answer({ id: 2, result: { resultType: 'complete' } });
  ask(4, { inputResponses: {}, requestState: 's2' });
  answer({ id: 4, result: { resultType: 'complete' } });
  const chained = calls().map((call) => [
    call['jsonrpc.request.id'],
    call.outcome,
    call.chainId,
    call.chainStep,
  ]);
  expect(chained).toEqual([
    ['1', 'input_required', '3-1', 1],
    ['3', 'input_required', '3-1', 2],
    ['2', 'ok', undefined, undefined],
    ['4', 'ok', '3-1', 3],
  ]);
});

const texts = (text: string) => ({ content: [{ type: 'text', text }] });

test.each([
  texts('{"error":"fetch failed"}'),
  texts(' { "ok" : false, "error": "channel_not_found" }'),
  texts('{"success": false, "message": "no"}'),
  texts('{"status":"error","detail":"no"}'),
  texts('{"error":{"code":4,"message":"no"}}'),
  texts('{"errors":[{"message":"no"}]}'),
  texts('Error: connect ECONNREFUSED 127.0.0.1:1'),
  texts('Error executing tool forecast: no station'),
  texts('requests.exceptions.ConnectionError: refused'),
  texts('MCP error -32602: Tool x not found'),
  { content: [], structuredContent: { error: 'no' } },
])('a failure told as a success is suspected: %j', (result) => {
  expect(looksFailed(result)).toBe(true);
});

test.each([
  texts('{"error":null,"rows":[1]}'),
  texts('{"errors":[],"data":{"a":1}}'),
  texts('{"errors":[{"message":"one field"}],"data":{"a":1}}'),
  texts('{"status":"ok"}'),
  texts('{"error_count":0}'),
  texts('{"message":"the error log has no error"}'),
  texts('Errors found: 0'),
  texts('The tool failed yesterday'),
  texts(`Error: is how this file of a reader begins\n${'text\n'.repeat(800)}`),
  texts('not { json "error": 1'),
  {
    content: [
      { type: 'text', text: '{"error":"x"}' },
      { type: 'text', text: 'y' },
    ],
  },
  { content: [] },
])('an answer is not suspected: %j', (result) => {
  expect(looksFailed(result)).toBe(false);
});

test('clients are named as they name themselves, in both eras, each once', () => {
  const { session, send } = start();
  const hello = { name: 'Inspector', version: '1.2' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: hello };
  send({ id: 0, method: 'initialize', params });
  send({ id: 1, method: 'initialize', params });
  const _meta = { 'io.modelcontextprotocol/clientInfo': { name: 'Agent' } };
  send({ id: 2, method: 'tools/list', params: { _meta } });
  for (let id = 3; id < 20; id++) {
    const clientInfo = { name: `crowd ${id}` };
    send({ id, method: 'initialize', params: { ...params, clientInfo } });
  }
  const { clients } = session.health();
  expect(clients.slice(0, 2)).toEqual([hello, { name: 'Agent', version: '' }]);
  expect(clients).toHaveLength(8);
});

test('pings that took long and pings without an answer are counted, an error is an answer', () => {
  let nowMs = 0;
  const session = createCaptureSession({
    mask: (text) => text,
    emit: () => undefined,
    clock: { wallMs: () => nowMs, steadyMs: () => nowMs, schedule: () => () => undefined },
  });
  const line = (message: object) => Buffer.from(`${JSON.stringify(message)}\n`);
  const ping = (id: number) => session.clientToServer(line({ jsonrpc: '2.0', id, method: 'ping' }));
  for (const id of [1, 2, 3]) ping(id);
  nowMs = 1000;
  session.serverStdout(line({ jsonrpc: '2.0', id: 1, result: {} }));
  session.serverStdout(line({ jsonrpc: '2.0', id: 2, error: { code: -32601, message: 'no' } }));
  nowMs = 1001;
  session.serverStdout(line({ jsonrpc: '2.0', id: 3, result: {} }));
  ping(4);
  session.end({});
  expect(session.health().figures).toMatchObject({ slowPings: 1, missingPings: 1 });
});
