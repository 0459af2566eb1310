/** Do the threads of a scan pool give the same answers, and let go when nobody waits? */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFilter, type LogFilter } from '@mcplog/log-query';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { nodeDisk } from '../src/disk/node-disk.ts';
import { createMatcher } from '../src/read/line-matcher.ts';
import type { Scan } from '../src/read/line-source.ts';
import { READ_SIZES } from '../src/read/read-sizes.ts';
import { startGuard } from '../src/read/scan-guard.ts';
import { batchesOfPieces, countPieces, type PieceFile } from '../src/scan/piece-scan.ts';
import { createScanFigures } from '../src/scan/scan-figures.ts';
import { createScanPool, type ScanPool } from '../src/scan/scan-pool.ts';
import type { ScanPiece } from '../src/scan/scan-task.ts';
import { encodeLines, entryOf, scratchRoot } from './scratch.ts';

const EVERYTHING = { after: 0, until: Number.MAX_SAFE_INTEGER };
let pool: ScanPool;

beforeAll(() => {
  pool = createScanPool({ workers: 2, graceMs: 50 });
});
afterAll(() => pool.close());

async function openLines(groups: readonly Buffer[], withPool: ScanPool | undefined) {
  const path = join(await scratchRoot(), 'lines');
  writeFileSync(path, Buffer.concat(groups));
  const fd = openSync(path, 'r');
  onTestFinished(() => closeSync(fd));
  let offset = 0;
  const pieces = groups.map(({ length: bytes }): ScanPiece => {
    offset += bytes;
    return { kind: 'lines', offset: offset - bytes, bytes };
  });
  const file: PieceFile = {
    disk: nodeDisk,
    fd,
    sizes: READ_SIZES,
    pool: withPool,
    figures: createScanFigures(),
  };
  return { file, pieces };
}

function scanOf(filter: LogFilter, limits: Parameters<typeof startGuard>[0] = {}): Scan {
  const matcher = createMatcher(compileFilter(filter));
  return { matcher, order: 'asc', ...EVERYTHING, guard: startGuard(limits) };
}

function heavyTask({ fd }: PieceFile) {
  return { fd, ...EVERYTHING, want: 'count', filter: SLOW, isHeavy: true } as const;
}

/** Twelve groups of 2,000 lines: more than is scanned on this thread. */
const GROUPS = Array.from({ length: 12 }, (_, group) =>
  encodeLines(Array.from({ length: 2_000 }, (_, at) => entryOf(group * 2_000 + at + 1))),
);
/** One line of chance that keeps the linear-time engine busy for half a minute. */
const ENDLESS = encodeLines([entryOf(1, randomBytes(2_000_000).toString('hex'))]);
const SLOW: LogFilter = { regex: '[0-7][0-9a-f]{300}[^0-9a-f]' };

test.each<LogFilter>([{}, { search: 'ENTRY 1999' }, { regex: '7{3}$' }, { levels: ['error'] }])(
  'batches and counts of %j are the same with and without threads',
  async (filter) => {
    const answers = [];
    for (const each of [pool, undefined]) {
      const { file, pieces } = await openLines(GROUPS, each);
      const seqs: number[] = [];
      for await (const { matches } of batchesOfPieces(file, pieces, scanOf(filter))) {
        seqs.push(...Array.from(matches.seqs));
      }
      answers.push({ seqs, ...(await countPieces(file, pieces, scanOf(filter))) });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.lines).toBe(answers[0]?.seqs.length);
  },
);

test('batches come in the order of their pieces, whichever thread is first', async () => {
  const { file, pieces } = await openLines(GROUPS, pool);
  const firsts: number[] = [];
  for await (const { matches } of batchesOfPieces(file, pieces.toReversed(), scanOf({}))) {
    firsts.push(matches.seqs[0] as number);
  }
  expect(firsts).toEqual(firsts.toSorted((left, right) => right - left));
  expect(firsts).toHaveLength(GROUPS.length);
});

test('a piece that the file does not hold is named, and the others are read', async () => {
  const { file, pieces } = await openLines(GROUPS, pool);
  const behind: ScanPiece = { kind: 'lines', offset: 1e9, bytes: 2_000_000 };
  const counted = await countPieces(file, [...pieces, behind], scanOf({}));
  expect(counted).toEqual({ lines: 24_000, damaged: 0, broken: [behind] });
});

test('a page that is full leaves no thread reading its file', async () => {
  const { file, pieces } = await openLines(GROUPS, pool);
  let batches = 0;
  for await (const batch of batchesOfPieces(file, pieces, scanOf({}))) {
    expect(batch.isBroken).toBe(false);
    if (++batches === 4) break;
  }
  expect(pool.figures()).toMatchObject({ queued: 0, running: 0 });
});

test('a thread that does not let go at the deadline is replaced, and others go on', async () => {
  const { file, pieces } = await openLines([ENDLESS], pool);
  const { replaced } = pool.figures();
  const task = { fd: file.fd, ...EVERYTHING, pieces, want: 'count' } as const;
  const stuck = pool.run(
    { ...task, filter: SLOW, isHeavy: false },
    startGuard({ deadlineMs: 100 }),
  );
  const others = Array.from({ length: 6 }, () =>
    pool.run({ ...task, filter: { search: 'no such text' }, isHeavy: false }, startGuard({})),
  );
  await expect(stuck).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  for (const { lines } of await Promise.all(others)) expect(lines).toBe(0);
  expect(pool.figures()).toMatchObject({ queued: 0, running: 0, replaced: replaced + 1 });
});

test('a timer that fires early does not make a deadline something else', async () => {
  const { file, pieces } = await openLines([ENDLESS], pool);
  const guard = startGuard({ deadlineMs: 60 });
  const early = () => (guard.remainingMs() > 30 ? 1 : guard.remainingMs());
  const task = { ...heavyTask(file), pieces, isHeavy: false };
  const run = pool.run(task, { ...guard, remainingMs: early });
  await expect(run).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
});

test('who goes away ends what was begun and what waits', async () => {
  const { file, pieces } = await openLines([ENDLESS], pool);
  const task = { ...heavyTask(file), pieces, isHeavy: false };
  const leaving = new AbortController();
  const guard = startGuard({ signal: leaving.signal });
  const runs = Array.from({ length: 8 }, () => pool.run(task, guard));
  const ends = Promise.allSettled(runs);
  await eventually(() => pool.figures().running > 1);
  leaving.abort(new Error('left'));
  for (const end of await ends) expect(end).toMatchObject({ reason: { message: 'left' } });
  expect(pool.figures()).toMatchObject({ queued: 0, running: 0 });
});

test('heavy work keeps nobody waiting but other heavy work', async () => {
  const { file, pieces } = await openLines([ENDLESS], pool);
  const leaving = new AbortController();
  const guard = startGuard({ signal: leaving.signal });
  const heavy = Array.from({ length: 6 }, () => pool.run({ ...heavyTask(file), pieces }, guard));
  const ends = Promise.allSettled(heavy);
  const scan = scanOf({ search: 'no such text' });
  expect(await countPieces(file, pieces, scan)).toMatchObject({ lines: 0 });
  expect(pool.figures()).toMatchObject({ queued: 4, running: 2 });
  leaving.abort(new Error('left'));
  await ends;
});

test('a closed pool refuses work and rejects what was under way', async () => {
  const closing = createScanPool({ workers: 1 });
  const { file, pieces } = await openLines([ENDLESS], closing);
  const task = { ...heavyTask(file), pieces, isHeavy: false };
  const running = expect(closing.run(task, startGuard({}))).rejects.toThrow('closes');
  await closing.close();
  await running;
  await expect(closing.run(task, startGuard({}))).rejects.toMatchObject({ code: 'SCAN_WORKER' });
});
