/** Is everything served that can be read, however many files there are and whatever befalls them? */
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Disk, nodeDisk } from '../src/maintenance.ts';
import { openLogReader, READ_SIZES } from '../src/reader.ts';
import { encodeLines, entryOf, gather, IDS, systemError } from './scratch.ts';
import {
  manyEntries,
  NAME,
  type SegmentScene,
  scene,
  seal,
  sealedScene,
  variedEntry,
  viewOf,
} from './segments.ts';

const WIDE = { startMs: Date.UTC(2025, 6, 12), endMs: Date.UTC(2025, 6, 15), bucketMs: 3_600_000 };

interface BadSector {
  readonly ending: string;
  readonly from: number;
  readonly to: number;
}

/** The real disk, which cannot read a stretch of a file; tells how many files were open at most. */
function worn(bad?: BadSector): { disk: Disk; open: Map<number, string>; most: () => number } {
  const open = new Map<number, string>();
  let most = 0;
  const check = (fd: number, from: number, bytes: number) => {
    if (bad === undefined || !open.get(fd)?.endsWith(bad.ending)) return;
    if (from < bad.to && from + bytes > bad.from) throw systemError('EIO');
  };
  const disk: Disk = {
    ...nodeDisk,
    open(path, flags, mode) {
      const fd = nodeDisk.open(path, flags, mode);
      open.set(fd, path);
      most = Math.max(most, open.size);
      return fd;
    },
    close(fd) {
      open.delete(fd);
      nodeDisk.close(fd);
    },
    read(fd, into, position) {
      check(fd, position, into.length);
      return nodeDisk.read(fd, into, position);
    },
    async readLater(fd, into, position) {
      check(fd, position, into.length);
      return nodeDisk.readLater(fd, into, position);
    },
  };
  return { disk, open, most: () => most };
}

function viewWith({ root }: SegmentScene, disk: Disk) {
  return openLogReader({ root, disk, sizes: { ...READ_SIZES, inlinePieces: 1 } }).instance(IDS);
}

test.each([
  ['header', 0],
  ['tables', 300],
  ['gram map', 9_000],
])('an index whose %s cannot be read hides no line', async (_part, from) => {
  const scenery = await sealedScene(manyEntries(300));
  const { disk } = worn({ ending: '.idx', from, to: from + 1 });
  const view = viewWith(scenery, disk);
  expect(await view.query({ order: 'asc', limit: 300 })).toMatchObject({
    total: 300,
    damagedLines: 0,
    entries: manyEntries(300),
  });
  const { entries } = await view.query({ filter: { search: 'took 13 ms' } });
  expect(entries.length).toBeGreaterThan(0);
});

test.each([true, false])(
  'a block that cannot be read is told, and the others are served (index: %s)',
  async (isIndexed) => {
    const scenery = await sealedScene(manyEntries(1_000));
    if (!isIndexed) rmSync(scenery.paths.index);
    const from = readFileSync(scenery.paths.sealed).length >> 1;
    const view = viewWith(scenery, worn({ ending: '.gz', from, to: from + 1 }).disk);
    const page = await view.query({ order: 'asc', limit: 1_000 });
    expect(page.entries.length).toBeGreaterThan(500);
    expect(page.damagedLines).toBeGreaterThan(0);
    let damagedLines = 0;
    const onEnd = (facts: { damagedLines: number }) => {
      damagedLines = facts.damagedLines;
    };
    expect(await gather(view.lines({ onEnd }))).toHaveLength(page.entries.length);
    expect(damagedLines).toBe(page.damagedLines);
  },
);

test.each(['app.log', 'app.log.2025-07-13'])(
  'of %s only the lines on a bad sector are lost, and they are told',
  async (file) => {
    const entries = manyEntries(1_000);
    const scenery = await scene();
    writeFileSync(join(scenery.directory, file), encodeLines(entries));
    const view = viewWith(scenery, worn({ ending: file, from: 100_000, to: 100_001 }).disk);
    const page = await view.query({ order: 'asc', limit: 1_000 });
    expect(page.entries.length).toBeGreaterThan(970);
    expect(page.entries.length).toBeLessThan(1_000);
    expect(page.damagedLines).toBe(1);
    const again = await view.query({ filter: { levels: ['error'] }, limit: 1_000 });
    expect(again.total).toBe(page.entries.filter(({ level }) => level === 'error').length);
  },
);

test.each(['app.log', 'app.log.2025-07-12', 'app.log.2025-07-12.gz', 'app.log.2025-07-13.gz'])(
  'a link called %s is passed over and told, and the rest is served',
  async (name) => {
    const scenery = await sealedScene([variedEntry(1)]);
    writeFileSync(join(scenery.directory, 'error.log'), encodeLines([variedEntry(2)]));
    const secret = join(scenery.root, 'secret');
    renameSync(scenery.paths.sealed, secret);
    symlinkSync(secret, join(scenery.directory, name));
    const reader = openLogReader({ root: scenery.root });
    const view = reader.instance(IDS);
    expect(await view.query()).toMatchObject({ entries: [variedEntry(2)], damagedLines: 1 });
    // Minutes are told by the index alone, which is sound for the sealed file of the 13th.
    const isIndexed = name === 'app.log.2025-07-13.gz';
    expect((await view.histogram(WIDE)).damagedLines).toBe(isIndexed ? 0 : 1);
    expect(await gather(view.lines())).toHaveLength(1);
    expect(reader.figures().filesSkipped).toBeGreaterThan(0);
  },
);

test('however many rotated and sealed files there are, few are open at once', async () => {
  const scenery = await scene();
  const entries = manyEntries(80);
  for (const [number, entry] of entries.entries()) {
    const plain = join(scenery.directory, `app.log.2025-07-13${number ? `.${number}` : ''}`);
    writeFileSync(plain, encodeLines([entry]));
    if (number % 2 === 0) await seal(scenery, { name: { ...NAME, number } });
  }
  const { disk, open, most } = worn();
  const view = viewWith(scenery, disk);
  expect(await view.query({ limit: 80, order: 'asc' })).toMatchObject({ entries, total: 80 });
  expect(await gather(view.lines({ filter: { search: 'alice' } }))).toHaveLength(80);
  expect((await view.query({ limit: 1, filter: { regex: 'Alice' } })).total).toBe(80);
  await view.histogram(WIDE);
  expect(await view.lastSeq()).toBe(entries.at(-1)?.metadata.seq);
  expect(await view.sizeBytes()).toBeGreaterThan(0);
  expect(most()).toBeLessThan(8);
  expect(open.size).toBe(0);
});

test('a rotated file that is sealed before its turn is read from its sealed file', async () => {
  const scenery = await scene(encodeLines(manyEntries(50)));
  writeFileSync(join(scenery.directory, 'app.log'), encodeLines(manyEntries(2_000, 51)));
  const view = viewOf(scenery);
  const lines: string[] = [];
  let isSealed = false;
  for await (const piece of view.lines({ order: 'desc' })) {
    if (!isSealed) await seal(scenery);
    isSealed = true;
    lines.push(...piece.toString().trimEnd().split('\n'));
  }
  expect(lines).toHaveLength(2_050);
});

test('files that never stand still make a query say so, and leave nothing open', async () => {
  const scenery = await scene();
  const path = join(scenery.directory, 'app.log');
  writeFileSync(path, encodeLines([entryOf(1)]));
  const { disk, open } = worn();
  let rotations = 0;
  const restless: Disk = {
    ...disk,
    readdir(directory) {
      const names = disk.readdir(directory);
      renameSync(path, `${path}.2025-07-13.${++rotations}`);
      writeFileSync(path, '');
      return names;
    },
  };
  const query = viewWith(scenery, restless).query();
  await expect(query).rejects.toMatchObject({ code: 'FILES_MOVING' });
  expect(open.size).toBe(0);
});

test('a directory that fails while it is looked at leaves nothing open', async () => {
  const scenery = await scene(encodeLines([entryOf(1)]));
  writeFileSync(join(scenery.directory, 'app.log'), encodeLines([entryOf(2)]));
  const { disk, open } = worn();
  const failing: Disk = {
    ...disk,
    lstat(path) {
      if (path.endsWith('app.log')) throw systemError('EACCES');
      return disk.lstat(path);
    },
  };
  await expect(viewWith(scenery, failing).query()).rejects.toThrow('EACCES');
  expect(open.size).toBe(0);
});
