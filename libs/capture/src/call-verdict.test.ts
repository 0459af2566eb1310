import { expect, test } from 'vitest';
import { type CapturedRecord, createCaptureSession } from './index.ts';

interface Task {
  readonly atMs: number;
  readonly run: () => void;
}

/** A session whose time passes only when a test says so. */
function start(mask = (text: string) => text) {
  const records: CapturedRecord[] = [];
  let nowMs = 1000;
  let tasks: Task[] = [];
  const session = createCaptureSession({
    mask,
    emit: (record) => records.push(record),
    clock: {
      wallMs: () => nowMs,
      steadyMs: () => nowMs,
      schedule: (run, delayMs) => {
        const task = { atMs: nowMs + delayMs, run };
        tasks.push(task);
        return () => {
          tasks = tasks.filter((one) => one !== task);
        };
      },
    },
    processInfo: { run: 7 },
  });
  const pass = (ms: number) => {
    const endMs = nowMs + ms;
    for (;;) {
      const next = tasks.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      tasks = tasks.filter((one) => one !== next);
      nowMs = Math.max(nowMs, next.atMs);
      next.run();
    }
    nowMs = endMs;
  };
  const line = (message: object) => Buffer.from(`${JSON.stringify(message)}\n`);
  return {
    session,
    records,
    pass,
    ask: (id: number, method = 'tools/call') =>
      session.clientToServer(line({ jsonrpc: '2.0', id, method, params: { name: `tool${id}` } })),
    answer: (id: number, body: object = { result: { content: [] } }) =>
      session.serverStdout(line({ jsonrpc: '2.0', id, ...body })),
    print: (text: string) => session.serverStderr(Buffer.from(`${text}\n`)),
    calls: () =>
      records
        .filter(({ type }) => type === 'http')
        .map(({ metadata }) => JSON.parse(`{${metadata}}`) as Record<string, unknown>),
  };
}

const TRACE = [
  'Traceback (most recent call last):',
  '  File "/srv/tool.py", line 12, in run',
  '    return rows[0]',
  'IndexError: list index out of range',
].join('\n');

test('an exception printed before the answer makes its success a suspected error', () => {
  const { ask, print, answer, pass, calls, records, session } = start();
  ask(1);
  print(TRACE);
  pass(2);
  answer(1);
  pass(100);
  expect(calls()).toMatchObject([
    {
      outcome: 'suspected_error',
      'error.type': 'suspected_error',
      reason: 'exception on stderr: IndexError: list index out of range',
      callId: '7-1',
    },
  ]);
  expect(records.map(({ type, level }) => [type, level])).toEqual([
    ['stderr', undefined],
    ['http', 'warn'],
  ]);
  expect(records[0]?.metadata).toContain('"callId":"7-1"');
  expect(session.health().outcomes).toEqual({ ok: 0, suspected_error: 1 });
});

test('an exception that is read right behind the answer belongs to the call, and says so', () => {
  const { ask, print, answer, pass, calls, records } = start();
  ask(1);
  pass(5);
  answer(1);
  pass(15);
  expect(records).toEqual([]);
  print(TRACE);
  pass(100);
  expect(calls()).toMatchObject([{ outcome: 'suspected_error', callId: '7-1' }]);
  expect(records.map(({ timestampMs, type }) => [timestampMs, type])).toEqual([
    [1005, 'http'],
    [1020, 'stderr'],
  ]);
  expect(JSON.parse(`{${records[1]?.metadata}}`)).toMatchObject({
    callId: '7-1',
    callLate: true,
    lines: 4,
  });
});

test('an exception later than the wait is nobody’s, and the entry came before it', () => {
  const { ask, print, answer, pass, calls, records } = start();
  ask(1);
  answer(1);
  pass(20);
  expect(calls()).toMatchObject([{ outcome: 'ok' }]);
  pass(1);
  print(TRACE);
  pass(100);
  expect(records[1]?.metadata).not.toContain('callId');
});

test('with two calls in flight nobody knows whose exception it is', () => {
  const { ask, print, answer, pass, calls } = start();
  ask(1);
  ask(2);
  print(TRACE);
  answer(1);
  answer(2);
  pass(100);
  expect(calls().map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
});

test('the next call may begin while the one before still waits', () => {
  const { ask, print, answer, pass, calls } = start();
  ask(1);
  answer(1);
  pass(3);
  ask(2);
  print(TRACE);
  pass(1);
  answer(2);
  pass(100);
  expect(calls().map(({ outcome }) => outcome)).toEqual(['ok', 'suspected_error']);
});

test('what is no exception of level error leaves a success what it is', () => {
  for (const text of [
    'ready',
    'ERROR: could not reach the cache, going on without',
    'WARNING:root:slow\nTraceback (most recent call last):\n  File "a.py", line 1\nOSError: no',
    '(node:12) DeprecationWarning: Buffer() is deprecated\n    at a (b.js:1:2)',
    '{"level":30,"msg":"no error: Error handling is fine"}',
    'no errors, no exceptions',
  ]) {
    const { ask, print, answer, pass, calls } = start();
    ask(1);
    print(text);
    answer(1);
    pass(100);
    expect([text, calls()[0]?.outcome]).toEqual([text, 'ok']);
  }
});

test('a structured line with the stack of an error counts as an exception', () => {
  const { ask, print, answer, pass, calls } = start();
  ask(1);
  const err = { type: 'TypeError', message: 'x is null', stack: 'TypeError: x is null\n    at f' };
  print(JSON.stringify({ level: 50, msg: 'tool failed', err }));
  answer(1);
  pass(100);
  expect(calls()[0]).toMatchObject({
    outcome: 'suspected_error',
    reason: 'exception on stderr: TypeError: x is null',
  });
});

test('how a server starts says nothing about its handshake', () => {
  const { ask, print, answer, pass, calls, records } = start();
  ask(0, 'initialize');
  print(TRACE);
  answer(0);
  expect(calls()).toEqual([]);
  pass(60);
  expect(calls()).toMatchObject([{ 'mcp.method.name': 'initialize', outcome: 'ok' }]);
  expect(records[0]?.type).toBe('stderr');
});

test('a failure that the server admits stays what it is, with the exception linked to it', () => {
  const { ask, print, answer, pass, calls, records } = start();
  ask(1);
  print(TRACE);
  answer(1, { result: { isError: true, content: [] } });
  pass(100);
  expect(calls()).toMatchObject([{ outcome: 'tool_error' }]);
  expect(records[0]?.metadata).toContain('"callId":"7-1"');
});

test('the words of the reason are masked', () => {
  const { ask, print, answer, pass, records } = start((text) =>
    text.replaceAll('sk-live-123', '[masked:x]'),
  );
  ask(1);
  answer(1);
  print('Error: token sk-live-123 refused\n    at f (a.js:1:2)');
  pass(100);
  expect(JSON.stringify(records)).not.toContain('sk-live');
  expect(records[0]?.message).toContain('Error: token [masked:x] refused');
});

test('a call without verdict is held, with what it is known to be by then', () => {
  const { ask, print, answer, pass, session } = start();
  ask(1);
  print('before the answer');
  pass(6);
  answer(1);
  const { records, linesBehind } = session.held();
  expect(records).toMatchObject([{ type: 'http', level: 'info' }]);
  expect(linesBehind).toBeUndefined();
  pass(6);
  print('behind it');
  expect(session.held()).toMatchObject({
    records: [{ type: 'http' }],
    linesBehind: ['stderr'],
  });
});

test('when more than 64 records wait, the call before them waits no longer', () => {
  const { ask, print, answer, pass, records } = start();
  ask(1);
  answer(1);
  pass(1);
  for (let i = 0; i < 80; i++) print(`{"level":30,"n":${i}}`);
  expect(records.length).toBeGreaterThan(64);
  expect(records[0]?.type).toBe('http');
});

test('the end of the process ends the wait', () => {
  const { ask, answer, session, calls } = start();
  ask(1);
  answer(1);
  session.end({ exitCode: 0 });
  expect(calls()).toMatchObject([{ outcome: 'ok' }]);
});
