/** Are rotated files sealed, damaged ones set apart, and is what was asked for done? */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLogReader } from '@mcplog/log-store/reader';
import { eventually } from '@mcplog/test-kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runRotateJob } from '../src/jobs/rotate-job.ts';
import {
  countFiles,
  hearSystemEntries,
  IDS,
  linesOf,
  newJob,
  numbersOnDisk,
  type Rig,
  startRig,
  upTo,
} from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
  mkdirSync(rig.directory, { recursive: true });
  writeFileSync(join(rig.directory, 'app.log'), '');
});
afterEach(() => rig.stop());

const put = (name: string, text: string) => writeFileSync(join(rig.directory, name), text);
function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 0x10;
  writeFileSync(path, bytes);
}

const names = () => readdirSync(rig.directory).sort();

async function untilSealed(files: number): Promise<void> {
  await eventually(() => expect(countFiles(rig.directory)).toEqual({ plain: 0, sealed: files }));
}

test('files that were rotated before the worker came are sealed, and both views stay whole', async () => {
  put('app.log.2025-07-13', linesOf(1, 500));
  put('app.log.2025-07-13.1', linesOf(501, 700));
  await rig.start('maintenance-worker');
  await untilSealed(2);
  expect(names()).toEqual([
    '.index',
    'app.log',
    'app.log.2025-07-13.1.gz',
    'app.log.2025-07-13.gz',
  ]);
  expect(readdirSync(join(rig.directory, '.index')).sort()).toEqual([
    'app.log.2025-07-13.1.idx',
    'app.log.2025-07-13.idx',
  ]);
  expect(numbersOnDisk(rig.directory)).toEqual(upTo(700));
  const view = openLogReader({ root: rig.logDir }).instance(IDS);
  expect(await view.query({ limit: 1 })).toMatchObject({ total: 700 });
});

test('what an interrupted deletion left is removed when the shift begins, and told of', async () => {
  const { told, close } = hearSystemEntries(rig.bus);
  const deleting = join(rig.logDir, 'deleting');
  mkdirSync(join(deleting, 'users.user_bob.mcp_i9', '.index'), { recursive: true });
  writeFileSync(join(deleting, 'users.user_bob.mcp_i9', 'app.log'), linesOf(1, 3));
  await rig.start('maintenance-worker');
  await eventually(() => told.some(({ event }) => event === 'deletions_finished'));
  expect(readdirSync(deleting)).toEqual([]);
  await close();
});

test('a file of which nothing can be read goes to quarantine with a system entry', async () => {
  const { told, close } = hearSystemEntries(rig.bus);
  put('app.log.2025-07-13', '\0'.repeat(10_000));
  put('app.log.2025-07-14', `rubbish\n${linesOf(1, 3)}`);
  await rig.start('maintenance-worker');
  await untilSealed(1);
  const quarantine = join(rig.logDir, 'quarantine', 'users', 'user_ann', 'mcp_i1');
  const [moved] = await eventually(() => readdirSync(quarantine));
  expect(moved).toMatch(/^app\.log\.2025-07-13\.\d{8}T\d{9}Z\.damaged$/);
  await eventually(() => told.some(({ event }) => event === 'file_quarantined'));
  const sealed = await eventually(() => told.find(({ event }) => event === 'damaged_lines_sealed'));
  expect(sealed).toMatchObject({ level: 'warn', metadata: { damaged: 1 } });
  await close();
});

test('a broken-off copy beside a sealed file is moved away, and the sealed one stays as it was', async () => {
  const { told, close } = hearSystemEntries(rig.bus);
  put('app.log.2025-07-13', linesOf(1, 500));
  await rig.start('maintenance-worker');
  await untilSealed(1);
  const sealed = readFileSync(join(rig.directory, 'app.log.2025-07-13.gz'));
  put('app.log.2025-07-13', linesOf(1, 20));
  await untilSealed(1);
  expect(readFileSync(join(rig.directory, 'app.log.2025-07-13.gz'))).toEqual(sealed);
  expect(numbersOnDisk(rig.directory)).toEqual(upTo(500));
  const isTold = ({ event }: { event: string }) => event === 'contradicting_file_quarantined';
  const entry = await eventually(() => told.find(isTold));
  expect(entry).toMatchObject({ level: 'error', metadata: { kept: 'sealed' } });
  const quarantine = join(rig.logDir, 'quarantine', 'users', 'user_ann', 'mcp_i1');
  expect(readdirSync(quarantine)).toEqual([expect.stringMatching(/\.stray$/)]);
  await close();
});

test('an index that is missing is made again', async () => {
  put('app.log.2025-07-13', linesOf(1, 100));
  await rig.start('maintenance-worker');
  await untilSealed(1);
  rmSync(join(rig.directory, '.index'), { recursive: true });
  await eventually(() =>
    readdirSync(join(rig.directory, '.index')).includes('app.log.2025-07-13.idx'),
  );
});

test('a sealed file of which no block is left goes to quarantine', async () => {
  put('app.log.2025-07-13.gz', 'no gzip member at all');
  await rig.start('maintenance-worker');
  const quarantine = join(rig.logDir, 'quarantine', 'users', 'user_ann', 'mcp_i1');
  const isMoved = (name: string) => name.startsWith('app.log.2025-07-13.gz.');
  await eventually(() => readdirSync(quarantine).some(isMoved));
  await eventually(() => expect(names()).toEqual(['.index', 'app.log']));
});

test('an index that is damaged is found and made again as it was, and told', async () => {
  const { told, close } = hearSystemEntries(rig.bus);
  put('app.log.2025-07-13', linesOf(1, 100));
  await rig.start('maintenance-worker');
  await untilSealed(1);
  const path = join(rig.directory, '.index', 'app.log.2025-07-13.idx');
  const tables = () => readFileSync(path).subarray(0, 400);
  const before = Buffer.from(tables());
  flip(path, 300);
  expect(tables().equals(before)).toBe(false);
  await eventually(() => expect(tables().equals(before)).toBe(true));
  await eventually(() => told.some(({ event }) => event === 'index_rebuilt'));
  await close();
});

test('damaged blocks are told once, served around, and put right when a copy is in quarantine', async () => {
  const { told, close } = hearSystemEntries(rig.bus);
  put('app.log.2025-07-13', linesOf(1, 5_000));
  await rig.start('maintenance-worker');
  await untilSealed(1);
  const sealed = join(rig.directory, 'app.log.2025-07-13.gz');
  const whole = readFileSync(sealed);
  flip(sealed, 1_000);
  const isTold = ({ event }: { event: string }) => event === 'segment_damaged';
  const entry = await eventually(() => told.find(isTold));
  expect(entry).toMatchObject({ level: 'error', metadata: { damagedBlocks: [0] } });
  const sign = () => rig.registry.services.list().find(({ app }) => app === 'maintenance-worker');
  await eventually(() => sign()?.figures.damaged_segments === 1);
  expect(sign()?.problems.join()).toContain('app.log.2025-07-13');
  const quarantine = join(rig.logDir, 'quarantine', 'users', 'user_ann', 'mcp_i1');
  mkdirSync(quarantine, { recursive: true });
  writeFileSync(join(quarantine, 'app.log.2025-07-13.gz.20250714T000000000Z.damaged'), whole);
  await eventually(() => expect(readFileSync(sealed).equals(whole)).toBe(true));
  await eventually(() => told.some(({ event }) => event === 'segment_repaired'));
  await eventually(() => sign()?.figures.damaged_segments === 0);
  expect(told.filter(isTold).length).toBe(1);
  await close();
});

test('a sealed file of which no block is left goes to quarantine though its index is sound', async () => {
  const { told, close } = hearSystemEntries(rig.bus);
  put('app.log.2025-07-13', linesOf(1, 100));
  await rig.start('maintenance-worker');
  await untilSealed(1);
  const { size } = statSync(join(rig.directory, 'app.log.2025-07-13.gz'));
  put('app.log.2025-07-13.gz', '\0'.repeat(size));
  await eventually(() => expect(names()).toEqual(['.index', 'app.log']));
  await eventually(() => told.some(({ event }) => event === 'file_quarantined'));
  await close();
});

test('a file that cannot be sealed is a problem in the life sign until it can', async () => {
  const { told, close } = hearSystemEntries(rig.bus);
  put('app.log.2025-07-13', linesOf(1, 100));
  put('.index', 'a file in the way');
  await rig.start('maintenance-worker');
  await eventually(() => told.some(({ event }) => event === 'sealing_failed'));
  const sign = () => rig.registry.services.list().find(({ app }) => app === 'maintenance-worker');
  await eventually(() => sign()?.figures.failing_files === 1);
  expect(sign()?.problems.join()).toContain('app.log.2025-07-13');
  rmSync(join(rig.directory, '.index'));
  await untilSealed(1);
  await eventually(() => sign()?.problems.length === 0);
  await close();
});

test('the job seal seals what is there, and says how much', async () => {
  put('app.log.2025-07-12', linesOf(1, 1));
  await rig.start('maintenance-worker', { MCPLOG_SCAN_SECONDS: '86400' });
  // Its first look is over then, and the next one far away.
  await untilSealed(1);
  put('app.log.2025-07-13', linesOf(2, 100));
  const other = join(rig.logDir, 'users', 'user_bob', 'mcp_i2');
  mkdirSync(other, { recursive: true });
  writeFileSync(join(other, 'app.log.2025-07-13'), linesOf(1, 1));
  const job = await rig.runJob('seal', { instance: 'i1' });
  expect(job).toMatchObject({ status: 'done', done: 1, total: 1 });
  expect(job.result).toMatchObject({ sealed: 1, failed: [] });
  expect(countFiles(rig.directory)).toEqual({ plain: 0, sealed: 2 });
});

test('the job rotate goes through all log-writers, and the worker seals what comes of it', async () => {
  await rig.start('log-writer');
  await rig.start('maintenance-worker', { MCPLOG_SCAN_SECONDS: '86400' });
  await rig.capture(50);
  await eventually(() => expect(numbersOnDisk(rig.directory)).toEqual(upTo(50)));
  const job = await rig.runJob('rotate', { user: 'ann' });
  expect(job).toMatchObject({ status: 'done', result: { rotated: 1, failed: [] } });
  await untilSealed(1);
});

test('with two log-writers each rotates what it holds, and the job waits for both', async () => {
  await rig.start('log-writer');
  await rig.start('log-writer');
  await rig.start('maintenance-worker');
  const other = join(rig.logDir, 'users', 'user_bob', 'mcp_');
  for (let at = 0; at < 20; at++) {
    mkdirSync(`${other}${at}`, { recursive: true });
    writeFileSync(join(`${other}${at}`, 'error.log'), linesOf(1, 2));
  }
  const job = await rig.runJob('rotate');
  expect(job).toMatchObject({ status: 'done', result: { failed: [] } });
  for (let at = 0; at < 20; at++) {
    const files = () => readdirSync(`${other}${at}`);
    await eventually(() => expect(files()).toContain('error.log.2025-07-13.gz'));
  }
});

test('the job rotate ends when no log-writer answers, and names what nobody covers', async () => {
  const signal = new AbortController().signal;
  const work = { instance: 'i1', signal, onProgress: () => undefined };
  const job = runRotateJob({ bus: rig.bus, silenceMs: 100 }, work);
  await expect(job).rejects.toThrow('no log-writer answered for shard-');
});

test('a job that is asked to stop stops, and one that a dead worker left is run again', async () => {
  const [one, two] = ['seal-1', 'rotate-2'] as const;
  await rig.registry.jobs.create(one, { ...newJob(one, 'seal'), status: 'running' });
  const worker = await rig.start('maintenance-worker');
  await eventually(() => rig.registry.jobs.get(one)?.status === 'done');
  await rig.registry.jobs.create(two, newJob(two, 'rotate'));
  await eventually(() => rig.registry.jobs.get(two)?.status === 'running');
  await rig.registry.jobs.update(two, (job) => job && { ...job, cancelRequested: true });
  await eventually(() => rig.registry.jobs.get(two)?.status === 'cancelled');
  expect((await worker.end('SIGTERM')).code).toBe(0);
});

test('of two workers one does the work, and the other takes over when it is killed', async () => {
  const first = await rig.start('maintenance-worker');
  await eventually(() => rig.registry.leases.get('maintenance')?.pid === first.pid);
  const second = await rig.start('maintenance-worker');
  const sign = (pid: number) => rig.registry.services.list().find((one) => one.pid === pid);
  await eventually(() => sign(second.pid)?.figures.on_duty === 0);
  await first.end('SIGKILL');
  put('app.log.2025-07-13', linesOf(1, 100));
  await untilSealed(1);
  expect(rig.registry.leases.get('maintenance')?.pid).toBe(second.pid);
});
