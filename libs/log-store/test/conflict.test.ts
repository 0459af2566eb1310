/** Which is believed when a plain file and a sealed one of the same name are not alike? */
import { readdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { checkSegment, openSegment } from '../src/check.ts';
import { type Disk, nodeDisk, type SealConflict } from '../src/maintenance.ts';
import { openLogReader } from '../src/reader.ts';
import { encodeLines, gather, IDS } from './scratch.ts';
import {
  badSector,
  exists,
  flip,
  linesOf,
  manyEntries,
  NAME,
  type SegmentScene,
  seal,
  sealedScene,
  viewOf,
} from './segments.ts';

const ENTRIES = manyEntries(60);
const PLAIN = encodeLines(ENTRIES);

/** What was told, once the segment was sealed again. */
async function settle(
  scenery: SegmentScene,
  options: Parameters<typeof seal>[1] = {},
): Promise<SealConflict[]> {
  const { root, steps } = scenery;
  const told: SealConflict[] = [];
  const onConflict = (conflict: SealConflict) => told.push(conflict);
  await seal(scenery, { quarantine: { root, steps }, onConflict, ...options });
  return told;
}

async function expectWhole(scenery: SegmentScene): Promise<void> {
  const { directory, paths } = scenery;
  expect(gunzipSync(readFileSync(paths.sealed)).equals(PLAIN)).toBe(true);
  const check = await checkSegment({ disk: nodeDisk, directory, name: NAME, deep: true });
  expect(check.findings).toEqual([]);
  expect(readdirSync(directory).sort()).toEqual(['.index', 'app.log.2025-07-13.gz']);
  expect(readdirSync(join(directory, '.index'))).toEqual(['app.log.2025-07-13.idx']);
  expect(await gather(viewOf(scenery).lines())).toEqual(linesOf(ENTRIES));
}

function offsetOf({ directory }: SegmentScene, block: number): number {
  const segment = openSegment(nodeDisk, directory, NAME);
  segment?.close();
  return segment?.rows[block]?.offset ?? Number.NaN;
}

test.each([
  ['a beginning of it', PLAIN.subarray(0, 5000)],
  ['it with one letter changed', changed(PLAIN)],
  ['it and more', Buffer.concat([PLAIN, encodeLines(manyEntries(1, 61))])],
  ['nothing', Buffer.alloc(0)],
])('a sound sealed file is never written over; the plain one holds %s', async (_what, stray) => {
  const scenery = await sealedScene(ENTRIES);
  const { paths } = scenery;
  const before = [readFileSync(paths.sealed), readFileSync(paths.index)];
  writeFileSync(paths.plain, stray);
  const [told, ...others] = await settle(scenery);
  expect(others).toEqual([]);
  expect(told).toMatchObject({ kept: 'sealed', repaired: [] });
  expect(told?.movedTo).toContain('/quarantine/');
  expect(readFileSync(told?.movedTo ?? '').equals(stray)).toBe(true);
  expect([readFileSync(paths.sealed), readFileSync(paths.index)]).toEqual(before);
  await expectWhole(scenery);
});

test.each([
  ['a beginning of it', PLAIN.subarray(0, 5000)],
  ['it and more', Buffer.concat([PLAIN, encodeLines(manyEntries(1, 61))])],
  ['nothing', Buffer.alloc(0)],
])('readers take a sealed file before a plain one that holds %s', async (_what, stray) => {
  const scenery = await sealedScene(ENTRIES);
  writeFileSync(scenery.paths.plain, stray);
  expect(await gather(viewOf(scenery).lines())).toEqual(linesOf(ENTRIES));
  expect(await viewOf(scenery).query()).toMatchObject({ total: 60, damagedLines: 0 });
});

test('readers take a plain file before a sealed one that nothing proves', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { paths } = scenery;
  writeFileSync(paths.plain, PLAIN);
  writeFileSync(paths.sealed, readFileSync(paths.sealed).subarray(0, 900));
  expect(await gather(viewOf(scenery).lines())).toEqual(linesOf(ENTRIES));
  const more = encodeLines(manyEntries(61));
  writeFileSync(paths.plain, more);
  unlinkSync(paths.index);
  expect(await gather(viewOf(scenery).lines())).toEqual(linesOf(manyEntries(61)));
});

test('readers take a plain file before a sealed one that cannot be read', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { root, paths } = scenery;
  writeFileSync(paths.plain, PLAIN);
  unlinkSync(paths.index);
  const disk = badSector(paths.sealed, 0);
  const view = openLogReader({ root, disk }).instance(IDS);
  expect(await gather(view.lines())).toEqual(linesOf(ENTRIES));
  unlinkSync(paths.sealed);
  symlinkSync('/dev/null', paths.sealed);
  expect(await gather(viewOf(scenery).lines())).toEqual(linesOf(ENTRIES));
});

test('a plain file that cannot be read does not stay in the way of its sealed one', async () => {
  const scenery = await sealedScene(ENTRIES);
  writeFileSync(scenery.paths.plain, PLAIN);
  const plain = new Set<number>();
  const disk: Disk = {
    ...nodeDisk,
    open(path, flags, mode) {
      const fd = nodeDisk.open(path, flags, mode);
      if (path === scenery.paths.plain) plain.add(fd);
      else plain.delete(fd);
      return fd;
    },
    read(fd, into, position) {
      if (plain.has(fd)) throw Object.assign(new Error('unreadable'), { code: 'EIO' });
      return nodeDisk.read(fd, into, position);
    },
  };
  expect(await settle(scenery, { disk })).toMatchObject([{ kept: 'sealed' }]);
  await expectWhole(scenery);
});

test('a damaged sealed file is put right by what a part of the plain file still has of it', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { paths } = scenery;
  const cut = offsetOf(scenery, 2);
  flip(paths.sealed, cut + 100);
  writeFileSync(paths.plain, PLAIN.subarray(0, PLAIN.length - 100));
  expect(await settle(scenery)).toMatchObject([{ kept: 'sealed', repaired: [2] }]);
  await expectWhole(scenery);
});

test('what no plain file can put right stays sealed as it is, and nothing sound of it is lost', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { paths } = scenery;
  flip(paths.sealed, offsetOf(scenery, 2) + 100);
  writeFileSync(paths.plain, PLAIN.subarray(0, 500));
  const damaged = readFileSync(paths.sealed);
  expect(await settle(scenery)).toMatchObject([{ kept: 'sealed', repaired: [] }]);
  expect(readFileSync(paths.sealed)).toEqual(damaged);
  expect(exists(paths.plain)).toBe(false);
});

test('without an index the plain file is believed when it has every sound block, else the sealed one', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { paths } = scenery;
  unlinkSync(paths.index);
  flip(paths.sealed, 300);
  const damaged = readFileSync(paths.sealed);
  writeFileSync(paths.plain, PLAIN);
  const [told] = await settle(scenery);
  expect(told).toMatchObject({ kept: 'plain' });
  expect(readFileSync(told?.movedTo ?? '')).toEqual(damaged);
  await expectWhole(scenery);
  unlinkSync(paths.index);
  writeFileSync(paths.plain, PLAIN.subarray(0, 3000));
  expect(await settle(scenery)).toMatchObject([{ kept: 'sealed' }]);
  await expectWhole(scenery);
});

test('without a quarantine to move it to, a stray plain file is refused and nothing changes', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { paths } = scenery;
  const before = readFileSync(paths.sealed);
  writeFileSync(paths.plain, PLAIN.subarray(0, 3000));
  await expect(seal(scenery)).rejects.toMatchObject({ code: 'SEGMENT_CONFLICT' });
  expect(readFileSync(paths.sealed)).toEqual(before);
  expect(exists(paths.plain)).toBe(true);
});

function changed(plain: Buffer): Buffer {
  const other = Buffer.from(plain);
  other[700] = (other[700] as number) ^ 1;
  return other;
}

test('a sealed file without its index that cannot be read in places is moved away as it is', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { paths } = scenery;
  const sealed = readFileSync(paths.sealed);
  const disk = badSector(paths.sealed, offsetOf(scenery, 2) + 100);
  unlinkSync(paths.index);
  writeFileSync(paths.plain, PLAIN);
  const [conflict] = await settle(scenery, { disk });
  expect(conflict).toMatchObject({ kept: 'plain' });
  expect(readFileSync(conflict?.movedTo ?? '')).toEqual(sealed);
  await expectWhole(scenery);
});
