import type { LogEntry } from '@mcplog/log-entry';
import { expect, test } from 'vitest';
import { factsOf, fieldsOf } from '../web/src/logs/entry-facts.ts';
import { segmentsOf, visibleControls } from '../web/src/logs/text-segments.ts';

test('control and direction marks are shown as code points', () => {
  expect(visibleControls('a\u001b[31mb\u202ec\u0000')).toBe('a\\u001b[31mb\\u202ec\\u0000');
  expect(segmentsOf('user\u202egpj.exe')).toEqual([
    { kind: 'text', text: 'user' },
    { kind: 'control', text: '\\u202e' },
    { kind: 'text', text: 'gpj.exe' },
  ]);
});

test('tabs, newlines and every visible script stay as they are', () => {
  const text = 'a\tb\nc é 日本 🙂 עברית';
  expect(segmentsOf(text)).toEqual([{ kind: 'text', text }]);
});

test('a masked span is told apart and named by its rule', () => {
  expect(segmentsOf('key=[masked:github-pat] ok')).toEqual([
    { kind: 'text', text: 'key=' },
    { kind: 'masked', text: 'github-pat' },
    { kind: 'text', text: ' ok' },
  ]);
});

test('matches are marked whatever their case', () => {
  expect(segmentsOf('Time out, TIME', 'time')).toEqual([
    { kind: 'match', text: 'Time' },
    { kind: 'text', text: ' out, ' },
    { kind: 'match', text: 'TIME' },
  ]);
});

test('the segments together are the text, also where lower case has another length', () => {
  const text = 'İİ needle İ';
  expect(
    segmentsOf(text, 'needle')
      .map((one) => one.text)
      .join(''),
  ).toBe(text);
});

const call: LogEntry = {
  timestamp: '2026-11-23T12:00:00.000Z',
  level: 'error',
  message: 'tools/call get_file',
  metadata: {
    seq: 1,
    type: 'http',
    service: 'filesystem',
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': 'get_file',
    outcome: 'tool_error',
    durationMs: 2498.4,
  },
};

test('a call is named by its tool, with an outcome that its message does not say', () => {
  expect(factsOf(call)).toEqual({
    source: 'get_file',
    sourceKey: 'gen_ai.tool.name',
    outcome: 'tool_error',
    duration: '2.5 s',
  });
  expect(factsOf({ ...call, message: 'get_file tool_error 2498 ms' }).outcome).toBeUndefined();
  expect(
    factsOf({ ...call, metadata: { ...call.metadata, outcome: 'ok' } }).outcome,
  ).toBeUndefined();
});

test('plain output is named by its stream', () => {
  const metadata = { seq: 2, type: 'stderr', service: 'memory' } as const;
  expect(factsOf({ ...call, metadata })).toMatchObject({ source: 'stderr', sourceKey: 'type' });
});

test('every value of an entry can be filtered by, except objects and the seq', () => {
  const fields = fieldsOf({ ...call, metadata: { ...call.metadata, sizes: { in: 3 } } });
  const filterable = fields.filter((field) => field.filterable).map(({ name }) => name);
  expect(filterable).toContain('durationMs');
  expect(filterable).not.toContain('seq');
  expect(filterable).not.toContain('sizes');
  expect(fields.find(({ name }) => name === 'sizes')?.text).toBe('{"in":3}');
});
