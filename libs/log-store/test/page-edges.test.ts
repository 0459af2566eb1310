/** Are a page's edges and figures told as they are? */
import { readFileSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeDisk, rebuildIndex } from '../src/maintenance.ts';
import { encodeLines, entryOf } from './scratch.ts';
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
