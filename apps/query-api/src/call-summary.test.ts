import type { CallView } from '@mcplog/protocol';
import { expect, test } from 'vitest';
import { CallSummary, percentile } from './call-summary.ts';

const window = { startMs: 0, endMs: 9_999, buckets: 10 };

function call(atMs: number, part: Partial<CallView>): CallView {
  return {
    call_id: '1-1',
    seq: 1,
    time: new Date(atMs).toISOString(),
    direction: 'client',
    method: 'tools/call',
    target: 'echo',
    outcome: 'ok',
    level: 'info',
    reason: null,
    error_code: null,
    error_message: null,
    duration_ms: 1,
    request_bytes: null,
    response_bytes: null,
    request_id: null,
    session_id: null,
    protocol_version: null,
    chain_id: null,
    chain_step: null,
    arguments: null,
    result: null,
    ...part,
  };
}

function summarise(...calls: CallView[]) {
  const summary = new CallSummary(window);
  for (const one of calls) summary.add(one);
  return summary.finish();
}

test('a percentile is the value at its nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  expect([0.5, 0.95, 0.99, 1].map((part) => percentile(hundred, part))).toEqual([50, 95, 99, 100]);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([1, 2], 0.5)).toBe(1);
  expect(percentile([], 0.5)).toBeNull();
});

test('calls are counted per tool and per bucket, most calls first', () => {
  const { groups } = summarise(
    call(0, { target: 'rare' }),
    call(999, { duration_ms: 10 }),
    call(1_000, { duration_ms: 30, outcome: 'tool_error' }),
    call(9_999, { duration_ms: 20, outcome: 'suspected_error' }),
  );
  expect(groups).toMatchObject([
    {
      target: 'echo',
      count: 3,
      failed: 2,
      outcomes: { ok: 1, tool_error: 1, suspected_error: 1 },
      p50_ms: 20,
      p99_ms: 30,
      max_ms: 30,
      last_time: '1970-01-01T00:00:09.999Z',
      counts: [1, 1, 0, 0, 0, 0, 0, 0, 0, 1],
      failures: [0, 1, 0, 0, 0, 0, 0, 0, 0, 1],
    },
    { target: 'rare', count: 1, failed: 0, error_rate: 0 },
  ]);
  expect(groups[0]?.error_rate).toBeCloseTo(2 / 3);
});

test('a cancelled call is no failure, and how long it was waited for is no latency', () => {
  const { groups } = summarise(
    call(0, { outcome: 'cancelled', duration_ms: 60_000 }),
    call(1, { outcome: 'timeout', duration_ms: 60_000 }),
    call(2, { duration_ms: 5 }),
  );
  expect(groups).toMatchObject([{ count: 3, failed: 1, p50_ms: 5, max_ms: 5 }]);
  expect(summarise(call(0, { outcome: 'cancelled' })).groups).toMatchObject([{ p50_ms: null }]);
});

test('prompts have a row each, resources share that of their method', () => {
  const { groups } = summarise(
    call(0, { method: 'resources/read', target: 'file:///a' }),
    call(0, { method: 'resources/read', target: 'file:///b' }),
    call(0, { method: 'prompts/get', target: 'greet' }),
    call(0, { method: 'roots/list', target: null, direction: 'server' }),
  );
  expect(groups.map(({ direction, method, target, count }) => [direction, method, target, count]))
    // biome-ignore format: one row a line
    .toEqual([
    ['client', 'resources/read', null, 2],
    ['client', 'prompts/get', 'greet', 1],
    ['server', 'roots/list', null, 1],
  ]);
});

test('more than 200 tools: those with the most calls are told, the rest counted', () => {
  const calls = Array.from({ length: 203 }, (_, i) => call(0, { target: `tool-${i}` }));
  const { groups, leftOut } = summarise(call(0, { target: 'tool-202' }), ...calls);
  expect([groups.length, groups[0]?.target, leftOut]).toEqual([200, 'tool-202', 3]);
});

test('a call outside the window by a rounding counts in its last bucket', () => {
  const { groups } = summarise(call(10_000, {}), call(-1, {}));
  expect(groups[0]?.counts).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
});
