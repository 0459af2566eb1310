/** What do expressions that explode elsewhere, too many searches and damaged blocks come to? */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LogEntry } from '@mcplog/log-entry';
import { nodeDisk, sealSegment, segmentPaths } from '@mcplog/log-store/maintenance';
import { instanceDir } from '@mcplog/log-store/reader';
import { makeTempDir } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addInstance,
  type QueryService,
  startQueryService,
  writeEntries,
} from './query-service.ts';

let service: QueryService;
const ANN = { userId: 'ann', instanceId: 'i1' };
const LONG = 'a'.repeat(50_000);

beforeAll(async () => {
  service = await startQueryService({ MCPLOG_QUERY_TIMEOUT_MS: '2000' });
  await addInstance(service, 'i1', { userId: 'ann' });
  await addInstance(service, 'i4', { userId: 'ann' });
  await addInstance(service, 'i2', { userId: 'bob' });
  const plain = { file: 'app', level: 'info' } as const;
  await writeEntries(service, ANN, [
    { n: 1, ...plain, message: `${LONG}!` },
    { n: 2, ...plain, message: `${LONG}B${LONG}` },
  ]);
  const chance = randomBytes(100_000).toString('hex');
  await writeEntries(service, { ...ANN, instanceId: 'i4' }, [{ n: 1, ...plain, message: chance }]);
  await writeEntries(service, { userId: 'bob', instanceId: 'i2' }, [
    { n: 1, ...plain, message: 'of bob' },
  ]);
});
afterAll(() => service.stop());

function search(user: string, id: string, regex: string): Promise<Response> {
  return service.call(user, `/api/v1/mcps/${id}/logs?regex=${encodeURIComponent(regex)}`);
}

test.each([
  ['(a+)+$', 1],
  ['^(a|a)*$', 0],
  ['^(a|aa)+!$', 1],
  ['(.*a){20}b', 0],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 1],
  ['a*a*a*a*a*B', 1],
])('%s is answered, while others are', async (regex, total) => {
  const [hostile, others] = await Promise.all([
    search('ann', 'i1', regex),
    search('bob', 'i2', 'bob'),
  ]);
  expect([hostile.status, others.status]).toEqual([200, 200]);
  const { data } = (await hostile.json()) as { data: { pagination: { total: number } } };
  expect(data.pagination.total).toBe(total);
});

test('a user with more searches than places is told so, and others search on', async () => {
  const slow = () => search('ann', 'i4', '[0-7][0-9a-f]{300}[^0-9a-f]é?');
  const answers = await Promise.all([
    ...Array.from({ length: 20 }, slow),
    search('bob', 'i2', 'bob'),
  ]);
  const statuses = answers.map(({ status }) => status);
  expect(statuses.at(-1)).toBe(200);
  expect(statuses).toContain(429);
  const refused = answers.find(({ status }) => status === 429);
  expect(await refused?.text()).toContain('8 are allowed at a time');
});

test('lines of a damaged block are counted in the page and in the manifest, and not served', async () => {
  const ids = { userId: 'ann', instanceId: 'i3' };
  await addInstance(service, 'i3', { userId: 'ann' });
  const entries = Array.from({ length: 40 }, (_, at) => ({
    n: at + 1,
    file: 'app' as const,
    level: 'info' as const,
    message: `sealed ${at + 1}`,
  }));
  await writeEntries(service, ids, entries);
  const directory = instanceDir(service.logDir, ids);
  const name = { log: 'app', day: '2026-11-23', number: 0 };
  const { plain, sealed } = segmentPaths(directory, name);
  renameSync(join(directory, 'app.log'), plain);
  const limits = { blockBytes: 2048, lineBytesMax: 16_384 };
  await sealSegment({ disk: nodeDisk, directory, name, limits, sign: async () => Buffer.alloc(0) });
  const bytes = readFileSync(sealed);
  bytes[100] = (bytes[100] as number) ^ 1;
  writeFileSync(sealed, bytes);

  const logs = '/api/v1/mcps/i3/logs';
  const page = await service.call('ann', `${logs}?limit=1000&order=asc`);
  const { data } = (await page.json()) as { data: { logs: { message: string }[] } };
  const lost = Number(page.headers.get('x-damaged-lines'));
  expect(lost).toBeGreaterThan(0);
  expect(data.logs.map(({ message }) => message)).toEqual(
    entries.slice(lost).map(({ message }) => message),
  );
  const body = JSON.stringify({ format: 'zip' });
  const zip = await service.call('ann', `${logs}/export`, { method: 'POST', body });
  const dir = await makeTempDir('zip');
  writeFileSync(join(dir, 'x.zip'), Buffer.from(await zip.arrayBuffer()));
  const code = "import zipfile,sys; print(zipfile.ZipFile('x.zip').read('manifest.json').decode())";
  const manifest = JSON.parse(execFileSync('python3', ['-c', code], { cwd: dir }).toString());
  expect(manifest.damagedLines).toBe(lost);
  expect(manifest.files['logs.jsonl'].entries).toBe(40 - lost);
});

test('an export of damaged logs ends with an entry that says how many lines it lacks', async () => {
  const read = async (format: 'json' | 'csv' | 'txt', compression = false) => {
    const body = JSON.stringify({ format, compression });
    const answer = await service.call('ann', '/api/v1/mcps/i3/logs/export', {
      method: 'POST',
      body,
    });
    expect(answer.headers.get('trailer')).toBe('x-damaged-lines');
    const bytes = Buffer.from(await answer.arrayBuffer());
    return (compression ? gunzipSync(bytes) : bytes).toString();
  };
  const entries = JSON.parse(await read('json')) as LogEntry[];
  const last = entries.at(-1);
  const lost = Number(last?.metadata.damagedLines);
  expect(lost).toBeGreaterThan(0);
  expect(entries).toHaveLength(40 - lost + 1);
  expect(last).toMatchObject({ level: 'error', metadata: { seq: 0, service: 'mcplog' } });
  expect(await read('csv')).toContain(`: ${lost} damaged line`);
  const text = await read('txt');
  expect(text.trimEnd().split('\n').at(-1)).toContain(`: ${lost} damaged line`);
  expect(await read('txt', true)).toContain(`: ${lost} damaged line`);
});

test('the metrics show what searches read, and that no thread is left busy', async () => {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  expect(text).toMatch(/mcplog_scanned_bytes_total\{[^}]*\} [1-9]/);
  expect(text).toContain('mcplog_blocks_ruled_out_total');
  expect(text).toContain('mcplog_scan_tasks_queued');
});
