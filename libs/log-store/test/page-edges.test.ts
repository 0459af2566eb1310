/** Are a page's edges and figures told as they are? */
import { readFileSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeDisk, rebuildIndex } from '../src/maintenance.ts';
import { createScanPool, type LinesFacts, openLogReader } from '../src/reader.ts';
import { encodeLines, entryOf, gather, IDS } from './scratch.ts';
import { flip, manyEntries, NAME, scene, sealedScene, viewOf } from './segments.ts';

const WIDE = { startMs: Date.UTC(2025, 6, 12), endMs: Date.UTC(2025, 6, 15), bucketMs: 3_600_000 };

test.each(['asc', 'desc'] as const)(
  'a page of no entries, %s, goes on where it began',
  async (order) => {
    const entries = [1, 2, 3, 4, 5].map((n) => entryOf(n));
    const scenery = await scene(encodeLines(entries));
    const view = viewOf(scenery);
    const inOrder = order === 'asc' ? entries : entries.toReversed();
    const first = await view.query({ limit: 0, order });
    expect(first).toMatchObject({ entries: [], hasMore: true, total: 5 });
    const next = await view.query({ order, cursor: first.nextCursor });
    expect(next.entries).toEqual(inOrder);
    const behind = await view.query({ limit: 0, offset: 2, order });
    expect((await view.query({ order, cursor: behind.nextCursor })).entries).toEqual(
      inOrder.slice(2),
    );
    const end = await view.query({ limit: 0, offset: 5, order });
    expect(end).toMatchObject({ hasMore: false, nextCursor: null });
  },
);

test.each(['made again', 'lost'])(
  'a histogram tells of places where blocks are gone, with an index %s',
  async (index) => {
    const scenery = await sealedScene(manyEntries(200));
    flip(scenery.paths.sealed, readFileSync(scenery.paths.sealed).length >> 1);
    rmSync(scenery.paths.index);
    const { directory } = scenery;
    if (index === 'made again') await rebuildIndex({ disk: nodeDisk, directory, name: NAME });
    const { damagedLines } = await viewOf(scenery).query({ limit: 1 });
    expect(damagedLines).toBeGreaterThan(0);
    expect((await viewOf(scenery).histogram(WIDE)).damagedLines).toBe(damagedLines);
  },
);

const ROTTEN = [
  ['a control byte', (line: Buffer) => line.fill(1, 70, 71)],
  ['no UTF-8', (line: Buffer) => line.fill(0xff, 70, 71)],
  ['a quote that is none', (line: Buffer) => line.fill('"', 70, 71)],
] as const;

test.each(ROTTEN)('a line with %s is not exported, and is told', async (_what, rot) => {
  const bytes = encodeLines(Array.from({ length: 9 }, (_, at) => entryOf(at + 1, 'plain text')));
  const lineBytes = bytes.length / 9;
  rot(bytes.subarray(4 * lineBytes, 5 * lineBytes));
  const scenery = await scene(bytes);
  const pool = createScanPool({ workers: 1 });
  const threads = openLogReader({ root: scenery.root, pool }).instance(IDS);
  for (const view of [viewOf(scenery), threads]) {
    // The second time by the tables that the first count has made.
    for (const filter of [{}, { levels: ['info'] as const }]) {
      let facts: LinesFacts | undefined;
      const onEnd = (end: LinesFacts) => {
        facts = end;
      };
      const served = await gather(view.lines({ filter, onEnd }));
      expect(served.map((line) => JSON.parse(line).metadata.seq)).not.toContain(
        entryOf(5).metadata.seq,
      );
      expect(facts).toEqual({ lines: 8, damagedLines: 1 });
    }
  }
  await pool.close();
});

test('what stands around an entry is as many entries as were asked for', async () => {
  const entries = Array.from({ length: 9 }, (_, at) => entryOf(at + 1, 'plain text'));
  const bytes = encodeLines(entries);
  const lineBytes = bytes.length / 9;
  for (const at of [3, 5]) bytes.fill(1, at * lineBytes + 70, at * lineBytes + 71);
  const view = viewOf(await scene(bytes));
  const { seq } = entryOf(5).metadata;
  expect(await view.context({ seq, before: 2, after: 2 })).toEqual({
    before: [entries[1], entries[2]],
    entry: entries[4],
    after: [entries[6], entries[7]],
  });
});
