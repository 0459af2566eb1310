/** Does the calls page tell what access.log says, to its owner only, and where its sample ends? */
import type { CallAnswer, CallsPage } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addInstance,
  type PlannedEntry,
  type QueryService,
  startQueryService,
  writeEntries,
} from './query-service.ts';

const DAY = 'start_time=2026-11-23T12:00:00Z&end_time=2026-11-23T12:59:59Z';
const OUTCOMES = [
  ['ok', 'info'],
  ['tool_error', 'error'],
  ['cancelled', 'warn'],
  ['suspected_error', 'warn'],
] as const;
let service: QueryService;

function called(n: number): PlannedEntry {
  const [outcome, level] = OUTCOMES[n % 4] ?? OUTCOMES[0];
  const tool = n % 2 === 0 ? 'echo' : 'add';
  return {
    n,
    file: 'access',
    level,
    message: `tools/call ${tool} ${outcome} ${n} ms`,
    extra: {
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': tool,
      'jsonrpc.request.id': `${n}`,
      durationMs: n,
      outcome,
      callId: `1-${n}`,
      direction: 'client',
      ...(outcome === 'suspected_error' && { reason: 'exception on stderr: Error: quiet' }),
    },
  };
}

beforeAll(async () => {
  service = await startQueryService({ MCPLOG_CALLS_SAMPLE_MAX: '30' });
  await addInstance(service, 'i1', { userId: 'ann' });
  await addInstance(service, 'i2', { userId: 'ann' });
  await addInstance(service, 'empty', { userId: 'ann' });
  const calls = Array.from({ length: 24 }, (_, i) => called(i + 1));
  const line = { n: 25, file: 'access', level: 'info', message: 'GET / 200' } as const;
  const accessLine = { ...line, extra: { type: 'stderr' } };
  await writeEntries(service, { userId: 'ann', instanceId: 'i1' }, [...calls, accessLine]);
  const long = called(8);
  await addInstance(service, 'i3', { userId: 'ann' });
  const error = { file: 'error', level: 'error' } as const;
  await writeEntries(service, { userId: 'ann', instanceId: 'i3' }, [
    { n: 4, ...error, message: 'of another call', extra: { callId: '1-7' } },
    { n: 5, ...error, message: 'Error: quiet', extra: { callId: '1-8' } },
    { n: 6, ...error, message: 'whose is it?', extra: { callAmbiguous: true } },
    { ...long, extra: { ...long.extra, durationMs: 240_000 } },
  ]);
  const many = Array.from({ length: 50 }, (_, i) => called(i + 1));
  await writeEntries(service, { userId: 'ann', instanceId: 'i2' }, many);
});

afterAll(() => service.stop());

async function read(id: string, query: string): Promise<CallsPage['data']> {
  const answer = await service.call('ann', `/api/v1/mcps/${id}/calls?${query}`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as CallsPage).data;
}

test('a page has the newest calls, and numbers per tool over the whole window', async () => {
  const { calls, tools, sample, pagination } = await read('i1', `${DAY}&limit=5&buckets=4`);
  expect(calls.map(({ call_id }) => call_id)).toEqual(['1-24', '1-23', '1-22', '1-21', '1-20']);
  expect(calls[1]).toMatchObject({
    target: 'add',
    outcome: 'suspected_error',
    reason: 'exception on stderr: Error: quiet',
    duration_ms: 23,
    level: 'warn',
  });
  expect(pagination).toMatchObject({ limit: 5, has_more: true });
  expect(tools).toMatchObject([
    { target: 'add', count: 12, failed: 12, error_rate: 1, p50_ms: 11, p95_ms: 23 },
    { target: 'echo', count: 12, failed: 0, outcomes: { ok: 6, cancelled: 6 }, p50_ms: 12 },
  ]);
  expect(tools?.[0]?.counts.reduce((sum, count) => sum + count, 0)).toBe(12);
  expect(sample).toMatchObject({ calls: 24, is_complete: true, cut_by: null, calls_max: 30 });
});

test('pages by cursor give every call once and compute nothing anew', async () => {
  const seen: string[] = [];
  let cursor = '';
  for (;;) {
    const page = await read('i1', `${DAY}&limit=7${cursor}`);
    seen.push(...page.calls.map(({ call_id }) => call_id));
    if (cursor !== '') expect([page.tools, page.sample]).toEqual([null, null]);
    if (page.pagination.next_cursor === null) break;
    cursor = `&cursor=${page.pagination.next_cursor}`;
  }
  expect(seen).toEqual(Array.from({ length: 24 }, (_, i) => `1-${24 - i}`));
});

test('filters choose calls, the numbers stay those of the window', async () => {
  const byTool = await read('i1', `${DAY}&tool=add&limit=50`);
  expect([byTool.calls.length, byTool.tools?.length]).toEqual([12, 2]);
  const byOutcome = await read('i1', `${DAY}&tool=add&outcome=suspected_error&limit=50`);
  expect(byOutcome.calls).toHaveLength(6);
  const notOk = await read('i1', `${DAY}&outcome=not_ok&limit=50`);
  expect(new Set(notOk.calls.map(({ outcome }) => outcome))).toEqual(
    new Set(['tool_error', 'suspected_error', 'cancelled']),
  );
  expect((await read('i1', `${DAY}&method=prompts/get`)).calls).toEqual([]);
});

test('a limit that cuts the sample is told, with the moment from which it is whole', async () => {
  const { tools, sample } = await read('i2', DAY);
  expect(sample).toMatchObject({
    calls: 30,
    is_complete: false,
    cut_by: 'entries',
    covered_from: '2026-11-23T12:21:00.000Z',
  });
  expect(tools?.map(({ count }) => count)).toEqual([15, 15]);
});

test('an instance without calls has an empty page', async () => {
  const page = await read('empty', '');
  expect(page).toMatchObject({ calls: [], tools: [], sample: { calls: 0, is_complete: true } });
  const { start_time, end_time } = page.sample ?? { start_time: '', end_time: '' };
  expect(Date.parse(end_time) - Date.parse(start_time)).toBe(86_400_000);
});

test('a call opens with what was printed during it', async () => {
  const answer = await service.call('ann', '/api/v1/mcps/i3/calls/1-8');
  const { data } = (await answer.json()) as CallAnswer;
  expect(data).toMatchObject({
    call: { call_id: '1-8', outcome: 'ok', duration_ms: 240_000 },
    printed: [{ message: 'Error: quiet' }],
    ambiguous: [{ message: 'whose is it?' }],
    has_more: false,
  });
  for (const path of ['1-9999', 'none-1']) {
    const missing = await service.call('ann', `/api/v1/mcps/i1/calls/${path}`);
    expect(missing.status).toBe(404);
  }
  expect((await service.call('ann', '/api/v1/mcps/i1/calls/..%2F1')).status).toBe(400);
});

test('calls of others are not there, and values that make no sense are refused', async () => {
  for (const path of ['calls', 'calls/1-1', 'protocol']) {
    expect((await service.call('bob', `/api/v1/mcps/i1/${path}`)).status).toBe(404);
    expect((await fetch(`${service.url}/api/v1/mcps/i1/${path}`)).status).toBe(401);
  }
  for (const query of ['outcome=fine', 'limit=0', 'limit=201', 'buckets=1000', 'cursor=x', 'a=b']) {
    const answer = await service.call('ann', `/api/v1/mcps/i1/calls?${query}`);
    expect([query, answer.status]).toEqual([query, 400]);
  }
});

test('how a server speaks is what the supervisor told last', async () => {
  const read = async () =>
    (await (await service.call('ann', '/api/v1/mcps/i1/protocol')).json()) as { data: unknown };
  expect(await read()).toEqual({ data: null });
  const finding = { code: 'pollution', level: 'error', count: 2, message: '2 lines' } as const;
  await service.registry.instance_status.put('i1', {
    instanceId: 'i1',
    state: 'running',
    run: 3,
    attempts: 1,
    changedAt: '2026-11-23T12:00:00.000Z',
    protocol: {
      run: 3,
      seenAt: '2026-11-23T12:00:01.000Z',
      era: 'legacy',
      protocolVersions: ['2025-06-18'],
      server: { name: 'everything', version: '1' },
      clients: [{ name: 'test', version: '2' }],
      figures: { pollution: 2 },
      outcomes: { ok: 5 },
      findings: [finding],
    },
  });
  await eventually(async () => (await read()).data !== null);
  expect(await read()).toMatchObject({
    data: {
      run: 3,
      seen_at: '2026-11-23T12:00:01.000Z',
      protocol_versions: ['2025-06-18'],
      server: { name: 'everything' },
      clients: [{ name: 'test' }],
      findings: [finding],
    },
  });
});
