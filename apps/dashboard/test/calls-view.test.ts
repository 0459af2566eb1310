/** Does the calls page keep its view in its address, and count what its rows say? */
import { expect, test } from 'vitest';
import type { ToolGroup } from '../web/src/api/calls.ts';
import {
  type CallAddress,
  hasFilters,
  paramsOf,
  readCallAddress,
  writeCallAddress,
} from '../web/src/calls/call-address.ts';
import {
  chooseGroup,
  countOutcomes,
  isChosen,
  outcomeWords,
  shareWords,
} from '../web/src/calls/tool-groups.ts';

const PLAIN = readCallAddress('');

function group(target: string | null, part: Partial<ToolGroup> = {}): ToolGroup {
  return {
    direction: 'client',
    method: 'tools/call',
    target,
    count: 1,
    outcomes: { ok: 1 },
    failed: 0,
    error_rate: 0,
    p50_ms: 1,
    p95_ms: 1,
    p99_ms: 1,
    max_ms: 1,
    last_time: '2026-11-23T12:00:00.000Z',
    counts: [1],
    failures: [0],
    ...part,
  };
}

test('an address says the whole view, and the plain view needs none', () => {
  expect(writeCallAddress(PLAIN)).toBe('');
  const view: CallAddress = {
    span: '7d',
    tool: 'a tool & more',
    method: undefined,
    outcome: 'not_ok',
    call: '3-12',
  };
  expect(readCallAddress(writeCallAddress(view))).toEqual(view);
});

test('what is broken in an address is left out', () => {
  expect(readCallAddress('?range=1y&tool=&call=')).toEqual(PLAIN);
});

test('the window that is asked for ends now and is as long as was chosen', () => {
  const nowMs = Date.parse('2026-11-23T12:00:00Z');
  expect(paramsOf({ ...PLAIN, span: '1h', tool: 'echo' }, nowMs)).toMatchObject({
    start_time: '2026-11-23T11:00:00.000Z',
    tool: 'echo',
    outcome: undefined,
  });
});

test('a row is chosen by its tool or its method, and let go when it is chosen again', () => {
  const echo = group('echo');
  const prompt = group('greet', { method: 'prompts/get' });
  const chosen = chooseGroup(echo, { ...PLAIN, call: '1-1' });
  expect(chosen).toMatchObject({ tool: 'echo', method: undefined, call: undefined });
  expect([isChosen(echo, chosen), isChosen(prompt, chosen), isChosen(echo, PLAIN)]).toEqual([
    true,
    false,
    false,
  ]);
  const other = chooseGroup(prompt, chosen);
  expect(other).toMatchObject({ tool: undefined, method: 'prompts/get' });
  expect(hasFilters(chooseGroup(prompt, other))).toBe(false);
});

test('outcomes are counted over all rows, or over the chosen one', () => {
  const groups = [
    group('echo', { outcomes: { ok: 5, tool_error: 2, cancelled: 1 } }),
    group('add', { outcomes: { ok: 1, input_required: 1 } }),
  ];
  expect(countOutcomes(groups, PLAIN)).toEqual([
    { outcome: undefined, count: 10 },
    { outcome: 'not_ok', count: 3 },
    { outcome: 'ok', count: 6 },
    { outcome: 'input_required', count: 1 },
    { outcome: 'tool_error', count: 2 },
    { outcome: 'cancelled', count: 1 },
  ]);
  // The chosen outcome stays, so that it can be let go.
  expect(countOutcomes(groups, { ...PLAIN, tool: 'add', outcome: 'timeout' })).toEqual([
    { outcome: undefined, count: 2 },
    { outcome: 'not_ok', count: 0 },
    { outcome: 'ok', count: 1 },
    { outcome: 'input_required', count: 1 },
    { outcome: 'timeout', count: 0 },
  ]);
});

test('a small share never reads as none', () => {
  expect([0, 0.0004, 0.004, 0.0512, 0.5, 1].map(shareWords)).toEqual([
    '0 %',
    '< 0.1 %',
    '0.4 %',
    '5.1 %',
    '50 %',
    '100 %',
  ]);
  expect(outcomeWords('suspected_error')).toBe('suspected error');
});
