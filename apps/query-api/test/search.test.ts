import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { makeTempDir } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addInstance,
  type QueryService,
  startQueryService,
  writeEntries,
} from './query-service.ts';

let service: QueryService;
const logs = '/api/v1/mcps/i1/logs';

beforeAll(async () => {
  service = await startQueryService();
  await addInstance(service, 'i1', { userId: 'ann' });
  await addInstance(service, 'i2', { userId: 'bob' });
  const entries = Array.from({ length: 30 }, (_, i) => ({
    n: i + 1,
    file: (['app', 'access', 'error'] as const)[i % 3] ?? 'app',
    level: (['info', 'debug', 'error'] as const)[i % 3] ?? 'info',
    message: i === 29 ? '=cmd|calc, "quoted"\nsecond line' : `Message ${i + 1}`,
    extra: { code: `E${i % 5}`, nested: { deep: `Value${i}` } },
  }));
  await writeEntries(service, { userId: 'ann', instanceId: 'i1' }, entries);
  await writeEntries(service, { userId: 'bob', instanceId: 'i2' }, entries.slice(0, 3));
});

afterAll(() => service.stop());

async function page(query: string) {
  const answer = await service.call('ann', `${logs}${query}`);
  expect(answer.status).toBe(200);
  const { data } = (await answer.json()) as { data: Page };
  return { ...data, numbers: data.logs.map(({ metadata }) => metadata.seq % 2 ** 32) };
}

interface Page {
  logs: { level: string; message: string; metadata: { seq: number; type: string } }[];
  pagination: Record<string, unknown> & { next_cursor: string | null };
  filters_applied: Record<string, unknown>;
}

test('the answer has the shape of the seed, newest first, with an exact total', async () => {
  const { numbers, pagination, filters_applied } = await page('?limit=5&offset=2&level=error');
  expect(numbers).toEqual([24, 21, 18, 15, 12]);
  expect(pagination).toMatchObject({ total: 10, limit: 5, offset: 2, has_more: true });
  expect(filters_applied).toEqual({ level: 'error' });
});

test('pages by cursor give every entry once, in either order', async () => {
  for (const order of ['asc', 'desc']) {
    const seen: number[] = [];
    let cursor = '';
    do {
      const { numbers, pagination } = await page(`?limit=7&order=${order}${cursor}`);
      seen.push(...numbers);
      cursor = pagination.next_cursor === null ? '' : `&cursor=${pagination.next_cursor}`;
    } while (cursor !== '');
    const rising = Array.from({ length: 30 }, (_, i) => i + 1);
    expect(seen).toEqual(order === 'asc' ? rising : rising.reverse());
  }
});

test('every filter of the seed narrows the result', async () => {
  expect((await page('?search=mEssAge%207')).numbers).toEqual([7]);
  expect((await page('?search=value11')).numbers).toEqual([12]);
  expect((await page('?regex=ge%20(1%7C2)0%24')).numbers).toEqual([20, 10]);
  expect((await page('?meta.code=E4&limit=2')).numbers).toEqual([30, 25]);
  expect((await page('?min_level=warn&limit=1')).numbers).toEqual([30]);
  expect((await page('?type=http&limit=1')).numbers).toEqual([29]);
  expect((await page('?file=app&limit=1')).numbers).toEqual([28]);
  const range = 'start_time=2026-11-23T12:03:00Z&end_time=2026-11-23T12:05:00Z';
  expect((await page(`?${range}`)).numbers).toEqual([5, 4, 3]);
});

test.each([
  ['?limit=0', 'MCPLOG_BAD_REQUEST'],
  ['?limit=1001', 'MCPLOG_BAD_REQUEST'],
  ['?limit=ten', 'MCPLOG_BAD_REQUEST'],
  ['?offset=-1', 'MCPLOG_BAD_REQUEST'],
  ['?wrong=1', 'MCPLOG_UNKNOWN_PARAMETER'],
  ['?level=loud', 'MCPLOG_BAD_REQUEST'],
  ['?regex=(', 'MCPLOG_BAD_REGEX'],
  ['?start_time=yesterday', 'MCPLOG_BAD_REQUEST'],
  ['?cursor=garbage', 'MCPLOG_BAD_CURSOR'],
])('%s is refused with %s and an explanation', async (query, code) => {
  const answer = await service.call('ann', `${logs}${query}`);
  expect(answer.status).toBe(400);
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe(code);
  expect(error.message.length).toBeGreaterThan(10);
});

test('a regular expression that explodes elsewhere is answered', async () => {
  const evil = encodeURIComponent('^(([a-z])+.)+[A-Z]([a-z])+$');
  expect((await service.call('ann', `${logs}?regex=${evil}`)).status).toBe(200);
});

test('nobody sees the logs of somebody else, and cannot tell them from none', async () => {
  const paths = ['', '/histogram', '/context?seq=1'].map((path) => `/api/v1/mcps/i2/logs${path}`);
  for (const path of [...paths, '/api/v1/mcps/i2']) {
    const foreign = await service.call('ann', path);
    const missing = await service.call('ann', path.replace('/i2', '/i9'));
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    const text = (await foreign.text()).replaceAll('i2', 'i9');
    expect(text).toBe(await missing.text());
  }
  const body = JSON.stringify({ format: 'json' });
  const foreign = await service.call('ann', '/api/v1/mcps/i2/logs/export', {
    method: 'POST',
    body,
  });
  expect(foreign.status).toBe(404);
  const list = (await (await service.call('ann', '/api/v1/mcps')).json()) as {
    data: { id: string }[];
  };
  expect(list.data.map(({ id }) => id)).toEqual(['i1']);
  expect((await service.call('root', '/api/v1/mcps/i2/logs')).status).toBe(403);
});

test('without a session there is nothing', async () => {
  const answer = await fetch(`${service.url}/api/v1/mcps`);
  expect(answer.status).toBe(401);
});

test('ids that are none are refused however they are written', async () => {
  for (const id of ['..%2f..', '.hidden', 'a'.repeat(65), '%2e%2e', '%252e%252e', 'a%00b']) {
    const answer = await service.call('ann', `/api/v1/mcps/${id}/logs`);
    expect([400, 404]).toContain(answer.status);
  }
});

test('a page comes as CSV, as text, and as a stream of lines', async () => {
  const csv = await service.call('ann', `${logs}?format=csv&limit=1`);
  expect(csv.headers.get('content-type')).toContain('text/csv');
  expect(await csv.text()).toContain('"\'=cmd|calc, ""quoted""\nsecond line"');
  const text = await (await service.call('ann', `${logs}?format=txt&limit=1&order=asc`)).text();
  expect(text).toBe('2026-11-23T12:01:00.000Z INFO  stdout Message 1\n');
  const lines = await service.call('ann', `${logs}?order=asc`, {
    headers: { accept: 'application/x-ndjson' },
  });
  expect((await lines.text()).trimEnd().split('\n')).toHaveLength(30);
});

async function exportAs(body: object): Promise<Response> {
  const answer = await service.call('ann', `${logs}/export`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="i1-/);
  return answer;
}

test('an export as JSON is one array of all matching entries, oldest first', async () => {
  const answer = await exportAs({ format: 'json', filters: { level: 'debug' } });
  const entries = (await answer.json()) as Page['logs'];
  expect(entries.map(({ metadata }) => metadata.seq % 2 ** 32)).toEqual([
    2, 5, 8, 11, 14, 17, 20, 23, 26, 29,
  ]);
  expect(await (await exportAs({ format: 'json', filters: { search: 'nowhere' } })).json()).toEqual(
    [],
  );
});

test('an export can be compressed', async () => {
  const answer = await exportAs({ format: 'txt', compression: true });
  const text = gunzipSync(Buffer.from(await answer.arrayBuffer())).toString();
  expect(text).toContain('Message 29');
});

test('a zip holds the lines and a manifest whose hash is theirs', async () => {
  const dir = await makeTempDir('zip');
  const answer = await exportAs({ format: 'zip', filters: { file: 'app' } });
  await writeFile(join(dir, 'x.zip'), Buffer.from(await answer.arrayBuffer()));
  const read = (name: string) => {
    const code = `import zipfile,sys; sys.stdout.buffer.write(zipfile.ZipFile('x.zip').read('${name}'))`;
    return execFileSync('python3', ['-c', code], { cwd: dir });
  };
  const lines = read('logs.jsonl');
  const manifest = JSON.parse(read('manifest.json').toString());
  expect(manifest.files['logs.jsonl']).toEqual({
    bytes: lines.length,
    entries: 10,
    sha256: createHash('sha256').update(lines).digest('hex'),
  });
  expect(manifest.filters).toEqual({ file: 'app' });
  // Nothing of this store is sealed: the proof says of each entry that it is not there yet.
  const proof = JSON.parse(read('proof.json').toString());
  expect(proof).toMatchObject({ kind: 'mcplog proof 1', segments: [], leftOut: [] });
  expect(proof.notSealed).toHaveLength(10);
  expect(manifest.files['proof.json'].entries).toBe(10);
});

test('the histogram counts every entry of the range by level', async () => {
  const range = 'start_time=2026-11-23T12:00:00Z&end_time=2026-11-23T12:30:00Z&buckets=3';
  const answer = await service.call('ann', `${logs}/histogram?${range}`);
  const { data } = (await answer.json()) as {
    data: { buckets: { counts: Record<string, number> }[] };
  };
  const sums = data.buckets.map(({ counts }) => Object.values(counts).reduce((a, b) => a + b, 0));
  expect(sums.reduce((a, b) => a + b, 0)).toBe(30);
});

test('the context of an entry is the entries around it', async () => {
  const seq = 2 ** 32 + 10;
  const answer = await service.call('ann', `${logs}/context?seq=${seq}&before=2&after=1`);
  const { data } = (await answer.json()) as { data: { logs: Page['logs'] } };
  expect(data.logs.map(({ metadata }) => metadata.seq % 2 ** 32)).toEqual([8, 9, 10, 11]);
});
