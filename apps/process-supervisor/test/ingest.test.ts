import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  await stage.startSupervisor();
});

afterAll(() => stage.close());

interface Begun {
  readonly instance_id: string;
  readonly run: number;
}

async function begin(name: string): Promise<Begun> {
  const answer = await stage.fetch('/api/v1/ingest/wrap', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, command: ['node', 'server.js', '--token=hunter2'] }),
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: Begun }).data;
}

function line(n: number, more: Record<string, unknown> = {}) {
  return { n, timestampMs: Date.now(), type: 'stderr', message: `wrapped ${n}`, ...more };
}

function post({ instance_id, run }: Begun, lines: unknown[], as: 'ann' | 'ben' = 'ann') {
  return stage.fetch(`/api/v1/ingest/wrap/${instance_id}/${run}`, {
    method: 'POST',
    as,
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.map((each) => JSON.stringify(each)).join('\n'),
  });
}

test('lines are taken once, masked, under the names of their owner', async () => {
  const begun = await begin('my server');
  const record = stage.registry.instances.get(begun.instance_id);
  expect(record).toMatchObject({ userId: 'ann', service: 'wrap', desired: 'stopped' });
  const secret = { message: 'Authorization: Bearer abcdefghijklmnop1234567890QRSTUV' };
  const lines = [line(1), line(2, secret), line(3, { metadata: { seq: 9, userId: 'ben', a: 1 } })];
  expect(await (await post(begun, lines)).json()).toEqual({ data: { accepted_through: 3 } });
  const again = await post(begun, [...lines, line(4)]);
  expect(await again.json()).toEqual({ data: { accepted_through: 4 } });
  await eventually(() => stage.entriesOf(begun.instance_id).length === 4);
  const entries = stage.entriesOf(begun.instance_id);
  expect(entries.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
  expect(entries[1]?.message).not.toContain('abcdefghijklmnop');
  expect(entries[2]).toMatchObject({ userId: 'ann', metadata: { a: 1 } });
  expect(entries[2]?.metadata).not.toHaveProperty('seq');
});

test('what does not fit is refused, each line by name', async () => {
  const begun = await begin('strict');
  const bad = await post(begun, [line(1, { type: 'rumour' }), line(2), line(4)]);
  expect(bad.status).toBe(400);
  const { error } = (await bad.json()) as { error: { details: { path: string }[] } };
  expect(error.details.map(({ path }) => path)).toEqual(['line 1', 'line 3']);
  expect((await post(begun, [line(1)])).status).toBe(200);
  expect((await post(begun, [line(5)])).status).toBe(409);
});

test("nobody writes into another's instance, or into a run that was not begun", async () => {
  const begun = await begin('mine');
  expect((await post(begun, [line(1)], 'ben')).status).toBe(404);
  expect((await post({ ...begun, run: 4711 }, [line(1)])).status).toBe(404);
  const id = await stage.addInstance('nothing', { desired: 'stopped' });
  expect((await post({ instance_id: id, run: 1 }, [line(1)])).status).toBe(404);
});

test('two clients of one name at the same time write into two instances', async () => {
  const [one, two] = [await begin('twice'), await begin('twice')];
  expect(one.instance_id).not.toBe(two.instance_id);
});
