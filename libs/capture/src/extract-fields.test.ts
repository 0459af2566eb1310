import { expect, test } from 'vitest';
import { extractFields, FIELDS_MAX, parseAccessLine, routeEntry } from './index.ts';

function extract(message: string): { message: string; metadata: Record<string, unknown> } {
  const { message: told, fields } = extractFields(message, 'stdout');
  return { message: told, metadata: JSON.parse(`{"seq":1${fields}}`) };
}

test('a structured line gives its text, its own time and its scalars', () => {
  const line = {
    level: 30,
    time: 1_795_440_000_123,
    pid: 7,
    hostname: 'h',
    userId: 'someone else',
    nested: { id: 'r1', deep: { not: 'kept' } },
    list: [1],
    msg: 'ready',
  };
  expect(extract(JSON.stringify(line))).toEqual({
    message: 'ready',
    metadata: {
      seq: 1,
      sourceTimestamp: '2026-11-23T13:20:00.123Z',
      fields: { pid: 7, hostname: 'h', userId: 'someone else', 'nested.id': 'r1' },
      'log.record.original': JSON.stringify(line),
    },
  });
});

test('the line itself is kept only when its fields do not hold all of it', () => {
  const flat = { msg: 'ready', event: 'start', count: 3, none: null };
  expect(extract(JSON.stringify(flat))).toEqual({
    message: 'ready',
    metadata: { seq: 1, fields: { event: 'start', count: 3 } },
  });
  const long = JSON.stringify({ msg: 'x', text: 'y'.repeat(300) });
  expect(extract(long).metadata['log.record.original']).toBe(long);
  expect(extract('{"only":[1,2]}')).toEqual({ message: '{"only":[1,2]}', metadata: { seq: 1 } });
});

test('times in seconds, micro- and nanoseconds are told apart, one without a zone stays', () => {
  const times = [1525294364.332839, 1795440000123456, 1795440000123456800, '2026-11-23 06:00:00,1'];
  expect(
    times.map((ts) => extract(JSON.stringify({ ts, msg: 'x' })).metadata.sourceTimestamp),
  ).toEqual([
    '2018-05-02T20:52:44.332Z',
    '2026-11-23T13:20:00.123Z',
    '2026-11-23T13:20:00.123Z',
    '2026-11-23 06:00:00,1',
  ]);
  expect(extract('2026-11-23T14:20:00.5+01:00 INFO x').metadata.sourceTimestamp).toBe(
    '2026-11-23T13:20:00.500Z',
  );
});

test('the stack of a logged error becomes part of the text', () => {
  const stack = 'Error: no\n    at f (a.js:1:1)';
  const line = { level: 50, msg: 'failed', err: { type: 'Error', message: 'no', stack } };
  expect(extract(JSON.stringify(line)).message).toBe(`failed\n${stack}`);
});

test('fields are bounded in number and length', () => {
  const many = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`k${i}`, 'v'.repeat(1000)]),
  );
  const { metadata } = extract(JSON.stringify({ msg: 'x', ...many }));
  const fields = metadata.fields as Record<string, string>;
  expect(Object.keys(fields)).toHaveLength(FIELDS_MAX);
  expect(fields.k0).toBe(`${'v'.repeat(256)}…`);
  expect(metadata.fieldsCut).toBe(true);
});

test('ordinary text, calls and broken JSON come back as they are', () => {
  for (const text of ['hello', '{broken', '[1,2]', 'GET on with it 200 times']) {
    expect(extractFields(text, 'stderr')).toEqual({ message: text, fields: '' });
  }
  const json = '{"msg":"x"}';
  expect(extractFields(json, 'http')).toEqual({ message: json, fields: '' });
});

test('an access line gives method, path without query, status and duration', () => {
  const cases: [string, object][] = [
    [
      'GET /ok?token=abc 200 1.234 ms - 12',
      { method: 'GET', path: '/ok', status: 200, durationMs: 1.234 },
    ],
    ['INFO:     127.0.0.1:1 - "GET /mcp?x=1 HTTP/1.1" 200 OK', { path: '/mcp', status: 200 }],
    [
      '::1 - - [23/Nov/2026:06:00:00 +0000] "POST /a HTTP/1.1" 201 5 "-" "curl"',
      { method: 'POST', status: 201 },
    ],
    [
      'HTTP Request: GET https://api.test/v1?k=s "HTTP/1.1 401 Unauthorized"',
      { path: '/v1', status: 401 },
    ],
    [
      '{"req":{"method":"GET","url":"/x?q=1"},"res":{"statusCode":500},"responseTime":3,"level":30}',
      { path: '/x', status: 500, durationMs: 3 },
    ],
    [
      '[GIN] 2026/11/23 - 06:00:00 | 200 |  1.5ms | ::1 | GET      "/x"',
      { path: '/x', durationMs: 1.5 },
    ],
  ];
  for (const [line, wanted] of cases) expect(parseAccessLine(line)).toMatchObject(wanted);
  expect(extract('GET /ok?token=abc 200 1.5 ms - 12').metadata).toEqual({
    seq: 1,
    'http.request.method': 'GET',
    'url.path': '/ok',
    'http.response.status_code': 200,
    durationMs: 1.5,
  });
});

test('routing follows the first rule that fits', () => {
  const file = (
    type: 'stdout' | 'stderr' | 'http' | 'system',
    level: 'info' | 'error' | 'warn',
    message: string,
  ) =>
    (['error-log', 'by-level'] as const).map((stderrRouting) =>
      routeEntry({ type, level, message, stderrRouting }),
    );
  expect(file('http', 'error', 'tools/call x rpc_error 1 ms')).toEqual(['access', 'access']);
  expect(file('stderr', 'error', 'GET /x 500 1 ms')).toEqual(['access', 'access']);
  expect(file('stdout', 'error', 'x')).toEqual(['error', 'error']);
  expect(file('stderr', 'info', 'running on stdio')).toEqual(['error', 'app']);
  expect(file('stdout', 'warn', 'WARN x\nValueError: y\n  at')).toEqual(['error', 'app']);
  expect(file('stdout', 'info', 'x')).toEqual(['app', 'app']);
  expect(file('system', 'info', 'started')).toEqual(['app', 'app']);
  expect(file('system', 'error', 'crashed')).toEqual(['error', 'error']);
});
