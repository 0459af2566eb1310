/** Does anybody notice that files are rotated and sealed under load, and can it be asked for? */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { LOG_FILES, parseEntry } from '@mcplog/log-entry';
import type { HealthAnswer, JobView } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numbersIn } from '../src/ledger.ts';
import { type KeptLoad, type Load, startLoad } from '../src/load.ts';
import { instanceDir, rotatedFiles } from '../src/log-files.ts';
import type { Part } from '../src/processes.ts';
import { isRemote, type LocalParts, type Product, startProduct } from '../src/product.ts';
import { openScene, type Scene } from '../src/scene.ts';
import { type FollowedTail, followTail } from '../src/tail.ts';

const ROUNDS = 4;
const LINES_PER_SECOND = 300;
/** Killed while files are rotated and sealed, one in a round. */
const VICTIMS: readonly Part[] = ['maintenance-worker', 'log-writer'];

let product: Product;
let parts: LocalParts;
let scene: Scene;
let load: Load;
let tail: FollowedTail;
let kept: KeptLoad;
let jobs: JobView[];

async function runJob(kind: string, scope = {}): Promise<JobView> {
  const { admin } = scene;
  const path = `/api/v1/admin/maintenance/${kind}`;
  const { jobId } = await admin.call<{ jobId: string }>('POST', path, scope);
  return eventually(
    async () => {
      const job = await admin.call<JobView>('GET', `/api/v1/admin/jobs/${jobId}`);
      return job.finished_at === undefined ? undefined : job;
    },
    { timeoutMs: 120_000, intervalMs: 200 },
  );
}

async function kill(victim: Part): Promise<void> {
  await parts.untilRestarted(victim, parts.signal(victim, 'SIGKILL'));
}

describe.skipIf(isRemote)(`after ${ROUNDS} rotations under load, with kills`, () => {
  beforeAll(async () => {
    product = await startProduct();
    parts = product.local as LocalParts;
    scene = await openScene(product);
    load = await startLoad(product, scene, LINES_PER_SECOND);
    await load.untilKept(1);
    tail = await followTail(load.owner, load.instanceId);
    jobs = [];
    for (let round = 0; round < ROUNDS; round++) {
      await load.untilKept(LINES_PER_SECOND);
      const rotating = runJob('rotate');
      const victim = VICTIMS[round - 2];
      if (victim !== undefined) await kill(victim);
      jobs.push(await rotating);
    }
    kept = await load.finish();
    jobs.push(await runJob('rotate', { instance: load.instanceId }), await runJob('seal'));
  }, 600_000);

  afterAll(async () => {
    await tail?.stop();
    await product?.stop();
  });

  test('every job was done, those during a kill included', () => {
    expect(jobs.map(({ status, error }) => [status, error])).toEqual(
      jobs.map(() => ['done', undefined]),
    );
    expect(jobs.at(-1)?.progress).toBe(1);
  });

  test('every line is in the files once and in order, and the query-api tells the same', () => {
    const { doubled, disordered, invented, holes, tails } = kept.findings;
    const nothing = { doubled: [], disordered: [], invented: [], holes: [], tails: [] };
    expect({ doubled, disordered, invented, holes, tails }).toEqual(nothing);
    expect(kept.missing).toEqual({});
    expect(kept.told).toEqual(kept.entries);
  });

  test('a reader who followed has seen every line once, without a gap', async () => {
    const last = kept.entries.at(-1)?.metadata.seq;
    await eventually(() => tail.entries.at(-1)?.metadata.seq === last, { timeoutMs: 60_000 });
    const from = tail.entries[0]?.metadata.seq ?? 0;
    const rest = kept.entries.filter(({ metadata }) => metadata.seq >= from);
    expect(numbersIn(tail.entries)).toEqual(numbersIn(rest));
    expect(tail.gaps).toEqual([]);
    expect(tail.reconnections).toBe(0);
  });

  test('zcat reads all that was sealed', () => {
    const dir = instanceDir(parts.logDir, load.owner.user.id, load.instanceId);
    const files = LOG_FILES.flatMap((file) => rotatedFiles(join(dir, `${file}.log`)));
    expect(files.length).toBeGreaterThanOrEqual(ROUNDS);
    expect(files.every((file) => /\.\d{4}-\d\d-\d\d(\.\d+)?\.gz$/.test(file))).toBe(true);
    const text = execFileSync('zcat', files, { encoding: 'utf8', maxBuffer: 2 ** 28 });
    const lines = text.trimEnd().split('\n');
    const entries = lines.map((line) => parseEntry(line)).filter((entry) => entry !== undefined);
    entries.sort((one, other) => one.metadata.seq - other.metadata.seq);
    expect(entries).toEqual(kept.entries);
  });

  test('verification finds nothing wrong after all that', async () => {
    const { status, error, result } = await runJob('verify');
    expect({ status, error, findings: result?.findings, first: result?.first }).toEqual({
      status: 'done',
      error: undefined,
      findings: 0,
      first: [],
    });
  });

  test('health says that rotation works, and when it did last', async () => {
    // A worker that was started a moment ago knows of no rotation before its own.
    await scene.admin.send('POST', '/api/v1/admin/maintenance/rotate');
    const health = await eventually(async () => {
      const path = '/api/v1/admin/logs/health';
      const answer = await scene.admin.call<HealthAnswer['data']>('GET', path);
      const { waiting_files: waiting, last_rotation: last } = answer.rotation;
      return answer.rotation_status === 'healthy' && waiting === 0 && last !== null && answer;
    });
    expect(health.rotation.last_rotation).toMatch(/Z$/);
    expect(health.rotation.failing_files).toBe(0);
  });

  test('who is no administrator can ask for nothing and look at nothing', async () => {
    const { owner } = load;
    const asked = await owner.send('POST', '/api/v1/admin/maintenance/rotate');
    expect(asked.status).toBe(403);
    expect((await owner.send('GET', '/api/v1/admin/jobs')).status).toBe(403);
  });
});
