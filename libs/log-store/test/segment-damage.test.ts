/** Is every kind of damage to a segment found, named and, where a copy is there, mended? */
import { readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BlockRow, checkSegment, openSegment, type SegmentFinding } from '../src/check.ts';
import { nodeDisk, quarantineIfLost, rebuildIndex, repairSegment } from '../src/maintenance.ts';
import { gather } from './scratch.ts';
import {
  badSector,
  copyTo,
  exists,
  flip,
  linesOf,
  manyEntries,
  NAME,
  pathIn,
  type SegmentScene,
  SMALL,
  sealedScene,
  viewOf,
} from './segments.ts';

const ENTRIES = manyEntries(60);

/** What may happen to bytes; places are parts of the whole, 0 to below 1. */
type Change = (bytes: Buffer) => Buffer;
const PLACE = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const CHANGE: fc.Arbitrary<Change> = fc
  .tuple(fc.constantFrom('flip', 'cut', 'remove', 'repeat', 'clear'), PLACE, PLACE, fc.nat(3000))
  .map(([kind, place, other, length]) => (bytes) => {
    const at = Math.floor(place * bytes.length);
    const from = Math.floor(other * bytes.length);
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    if (kind === 'cut') return head;
    if (kind === 'remove') return Buffer.concat([head, tail.subarray(length)]);
    const copy = Buffer.from(bytes.subarray(from, from + length));
    if (kind === 'repeat') return Buffer.concat([head, copy, tail]);
    const changed = Buffer.from(bytes);
    if (kind === 'clear') changed.fill(0, at, Math.min(bytes.length, at + length));
    else if (bytes.length > 0) changed[at] = (changed[at] as number) ^ (1 << (length % 8));
    return changed;
  });

async function findingsOf({ directory }: SegmentScene, deep = false) {
  return (await checkSegment({ disk: nodeDisk, directory, name: NAME, deep })).findings;
}

function rowsOf({ directory }: SegmentScene): readonly BlockRow[] {
  const segment = openSegment(nodeDisk, directory, NAME);
  if (segment === undefined) throw new Error('not sealed');
  segment.close();
  return segment.rows;
}

/** The members of the file, one by one. */
function membersOf(scenery: SegmentScene): Buffer[] {
  const bytes = readFileSync(scenery.paths.sealed);
  return rowsOf(scenery).map(({ offset, storedBytes }) =>
    bytes.subarray(offset, offset + storedBytes),
  );
}

test('every flip of a byte of the segment is found in its block', async () => {
  const scenery = await sealedScene(manyEntries(25));
  const bytes = readFileSync(scenery.paths.sealed);
  for (const { number: block, offset, storedBytes } of rowsOf(scenery)) {
    for (let at = offset; at < offset + storedBytes; at += at < offset + 60 ? 1 : 13) {
      flip(scenery.paths.sealed, at);
      const findings = await findingsOf(scenery);
      expect(findings.length, `flip at ${at}`).toBe(1);
      expect(findings[0], `flip at ${at}`).toMatchObject({ kind: 'block-damaged', block });
      writeFileSync(scenery.paths.sealed, bytes);
    }
  }
  expect(await findingsOf(scenery, true)).toEqual([]);
});

test('blocks that were swapped, doubled, left out or put in are told apart', async () => {
  const scenery = await sealedScene(ENTRIES);
  const members = membersOf(scenery);
  const { length: count } = members;
  expect(count).toBeGreaterThan(5);
  const foreign = membersOf(await sealedScene(manyEntries(10, 500)))[0] as Buffer;
  const [a, b, c, ...rest] = members as [Buffer, Buffer, Buffer, ...Buffer[]];
  const kindsOf = async (changed: readonly Buffer[]) => {
    writeFileSync(scenery.paths.sealed, Buffer.concat(changed));
    const findings = await findingsOf(scenery);
    return findings.map((finding) => [finding.kind, 'block' in finding ? finding.block : null]);
  };
  expect(await kindsOf([a, c, b, ...rest])).toEqual([['block-moved', expect.any(Number)]]);
  expect(await kindsOf([c, b, a, ...rest])).toHaveLength(2);
  expect(await kindsOf([a, b, b, c, ...rest])).toEqual([['block-foreign', null]]);
  expect(await kindsOf([a, foreign, b, c, ...rest])).toEqual([['block-foreign', null]]);
  expect(await kindsOf([...members, Buffer.from('more')])).toEqual([['bytes-foreign', null]]);
  expect(await kindsOf(members.slice(0, -1))).toEqual([['block-missing', count - 1]]);
  expect(await kindsOf([a, ...rest])).toEqual([
    ['block-missing', 1],
    ['block-missing', 2],
  ]);
  expect(await kindsOf([a, foreign, c, ...rest])).toEqual([['block-damaged', 1]]);
  expect(await kindsOf([])).toEqual(members.map((_, at) => ['block-missing', at]));
  expect(await kindsOf(members)).toEqual([]);
});

test('without an index, moved and doubled blocks are named, and every line is served once', async () => {
  const scenery = await sealedScene(ENTRIES);
  const [a, b, c, ...rest] = membersOf(scenery) as [Buffer, Buffer, Buffer, ...Buffer[]];
  const last = rest.at(-1) as Buffer;
  unlinkSync(scenery.paths.index);
  const write = (changed: readonly Buffer[]) =>
    writeFileSync(scenery.paths.sealed, Buffer.concat(changed));
  write([a, last, b, b, c, ...rest]);
  const findings = await findingsOf(scenery);
  expect(findings.map(({ kind }) => kind)).toEqual(['index-missing', 'block-moved', 'block-moved']);
  expect(await gather(viewOf(scenery).lines())).toEqual(linesOf(ENTRIES));
  write([a, c, ...rest]);
  expect(await findingsOf(scenery)).toContainEqual({ kind: 'block-missing', block: 1 });
});

test('blocks that changed places are served from where they stand', async () => {
  const scenery = await sealedScene(ENTRIES);
  const members = membersOf(scenery);
  writeFileSync(scenery.paths.sealed, Buffer.concat(members.toReversed()));
  expect(await gather(viewOf(scenery).lines())).toEqual(linesOf(ENTRIES));
});

test('whatever happens to the bytes, it is found, and no line is served but those that were written', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { directory, paths } = scenery;
  const whole = linesOf(ENTRIES);
  const index = readFileSync(paths.index);
  const sealed = readFileSync(paths.sealed);
  const STATE = fc.constantFrom('sealed', 'index', 'sealed without index');
  await fc.assert(
    fc.asyncProperty(
      STATE,
      fc.array(CHANGE, { minLength: 1, maxLength: 3 }),
      async (state, changes) => {
        const change: Change = (bytes) => changes.reduce((changed, next) => next(changed), bytes);
        writeFileSync(paths.sealed, state === 'index' ? sealed : change(sealed));
        writeFileSync(paths.index, state === 'index' ? change(index) : index);
        if (state === 'sealed without index') unlinkSync(paths.index);
        const isSame =
          exists(paths.index) &&
          readFileSync(paths.index).equals(index) &&
          readFileSync(paths.sealed).equals(sealed);
        expect((await findingsOf(scenery)).length === 0).toBe(isSame);
        const expectOurs = async () => {
          const seen = await gather(viewOf(scenery).lines());
          const places = seen.map((line) => whole.indexOf(line));
          expect(places).toEqual([...new Set(places)].sort((left, right) => left - right));
          expect(places).not.toContain(-1);
          if (state === 'index') expect(seen).toEqual(whole);
          return seen;
        };
        const seen = await expectOurs();
        await rebuildIndex({ disk: nodeDisk, directory, name: NAME });
        expect((await expectOurs()).length).toBeLessThanOrEqual(seen.length);
      },
    ),
    { numRuns: 150 },
  );
});

test('a cut-off segment is found, wherever it ends', async () => {
  const scenery = await sealedScene(ENTRIES);
  const bytes = readFileSync(scenery.paths.sealed);
  const rows = rowsOf(scenery);
  for (let size = 0; size < bytes.length; size += 61) {
    writeFileSync(scenery.paths.sealed, bytes.subarray(0, size));
    const findings = await findingsOf(scenery);
    const whole = rows.filter(({ offset, storedBytes }) => offset + storedBytes <= size).length;
    const named = findings.flatMap((finding) => ('block' in finding ? [finding.block] : []));
    expect(named.sort((left, right) => left - right)).toEqual(
      rows.slice(whole).map(({ number }) => number),
    );
  }
});

test('a missing segment, a missing index and a damaged one have their names', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { paths } = scenery;
  const index = readFileSync(paths.index);
  flip(paths.index, 10);
  const damaged: SegmentFinding = { kind: 'index-damaged', sections: ['header'] };
  expect(await findingsOf(scenery)).toEqual([damaged]);
  writeFileSync(paths.index, index);
  flip(paths.index, index.length - 3);
  expect(await findingsOf(scenery)).toMatchObject([{ kind: 'index-damaged' }]);
  unlinkSync(paths.index);
  expect(await findingsOf(scenery)).toEqual([{ kind: 'index-missing' }]);
  flip(paths.sealed, 100);
  expect(await findingsOf(scenery)).toMatchObject([
    { kind: 'index-missing' },
    { kind: 'block-damaged', block: 0 },
  ]);
  unlinkSync(paths.sealed);
  expect(await findingsOf(scenery)).toEqual([{ kind: 'segment-missing' }]);
});

test('an index of other blocks that is sound in itself is found by a deep check', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { IndexBuilder } = await import('../src/segment/index-builder.ts');
  const index = await import('../src/segment/segment-index.ts');
  const builder = new IndexBuilder();
  for (const [number, member] of membersOf(scenery).entries()) {
    const { offset, plainOffset, plainBytes } = rowsOf(scenery)[number] as BlockRow;
    const description = builder.describe(Buffer.from('hides what it holds\n'));
    builder.add(description, { number, offset, plainOffset }, { member, plainBytes });
  }
  const tables = builder.finish();
  const { storedBytes, plainBytes, plainSha256 } = scenery.facts;
  const header = index.headerOf(tables, { storedBytes, plainBytes, plainSha256 });
  writeFileSync(scenery.paths.index, index.encodeIndex(header, tables, Buffer.alloc(0)));
  expect(await findingsOf(scenery)).toEqual([]);
  expect(await findingsOf(scenery, true)).toEqual([{ kind: 'index-differs' }]);
});

test('blocks come back from a copy of the segment, bit by bit, and the seal holds', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { root, steps, paths } = scenery;
  const sealed = readFileSync(paths.sealed);
  const copy = copyTo(paths.sealed, pathIn(scenery, 'backup.gz'));
  const other = copyTo(paths.sealed, pathIn(scenery, 'worse.gz'));
  const rows = rowsOf(scenery);
  flip(paths.sealed, (rows[1]?.offset ?? 0) + 80);
  flip(paths.sealed, (rows[3]?.offset ?? 0) + 10);
  flip(copy, (rows[3]?.offset ?? 0) + 80);
  flip(other, (rows[1]?.offset ?? 0) + 80);
  const damaged = readFileSync(paths.sealed);
  const options = { disk: nodeDisk, root, steps, name: NAME, now: () => 0 };
  const partly = await repairSegment({ ...options, copies: [copy, pathIn(scenery, 'none')] });
  expect(partly).toMatchObject({ repaired: [1], missing: [3] });
  expect(readFileSync(partly.quarantinePath ?? '')).toEqual(damaged);
  expect(partly.quarantinePath).toBe(
    join(root, 'quarantine', ...steps, 'app.log.2025-07-13.gz.19700101T000000000Z.damaged'),
  );
  expect(await findingsOf(scenery)).toMatchObject([{ kind: 'block-damaged', block: 3 }]);
  const fully = await repairSegment({ ...options, copies: [copy, other] });
  expect(fully).toMatchObject({ repaired: [3], missing: [] });
  expect(readFileSync(paths.sealed)).toEqual(sealed);
  expect(await findingsOf(scenery, true)).toEqual([]);
  expect(await repairSegment({ ...options, copies: [copy] })).toEqual({
    repaired: [],
    missing: [],
  });
});

test('a whole segment comes back from the plain file when its index is there', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { root, steps, paths, plain } = scenery;
  const sealed = readFileSync(paths.sealed);
  const copy = pathIn(scenery, 'plain');
  writeFileSync(copy, plain);
  const options = { disk: nodeDisk, root, steps, name: NAME, limits: SMALL, copies: [copy] };
  for (const spoil of [() => unlinkSync(paths.sealed), () => writeFileSync(paths.sealed, 'gone')]) {
    spoil();
    expect((await repairSegment(options)).missing).toEqual([]);
    expect(readFileSync(paths.sealed)).toEqual(sealed);
  }
  unlinkSync(paths.sealed);
  unlinkSync(paths.index);
  await expect(repairSegment(options)).rejects.toMatchObject({ code: 'SEGMENT_MISSING' });
});

test('without an index, copies are joined as far as they agree, and the index is made anew', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { root, directory, steps, paths, plain, facts } = scenery;
  const stranger = await sealedScene(manyEntries(60, 700));
  const copy = pathIn(scenery, 'plain');
  writeFileSync(copy, plain);
  flip(paths.sealed, (rowsOf(scenery)[2]?.offset ?? 0) + 80);
  rmSync(join(directory, '.index'), { recursive: true });
  const options = { disk: nodeDisk, root, steps, name: NAME, limits: SMALL };
  const foreign = await repairSegment({ ...options, copies: [stranger.paths.sealed] });
  expect(foreign).toEqual({ repaired: [], missing: [2] });
  const repaired = await repairSegment({ ...options, copies: [stranger.paths.sealed, copy] });
  expect(repaired).toMatchObject({ repaired: [2], missing: [] });
  expect(await findingsOf(scenery, true)).toEqual([]);
  expect(openSegment(nodeDisk, directory, NAME)?.facts).toEqual(facts);
  expect(await gather(viewOf(scenery).lines())).toEqual(linesOf(ENTRIES));
});

test('a file goes to quarantine only when no block of it can be read', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { root, steps, paths } = scenery;
  const room = { disk: nodeDisk, root, steps, now: () => 0 };
  const rows = rowsOf(scenery);
  for (const [place, { offset }] of rows.entries()) {
    expect(await quarantineIfLost(room, NAME)).toBeUndefined();
    expect(place).toBeLessThan(rows.length);
    flip(paths.sealed, offset + 70);
  }
  const bytes = readFileSync(paths.sealed);
  const moved = await quarantineIfLost(room, NAME);
  expect(moved).toBe(
    join(root, 'quarantine', ...steps, 'app.log.2025-07-13.gz.19700101T000000000Z.damaged'),
  );
  expect(readFileSync(moved ?? '')).toEqual(bytes);
  expect(exists(paths.sealed) || exists(paths.index)).toBe(false);
  expect(statSync(join(root, 'quarantine', ...steps)).mode & 0o777).toBe(0o700);
  expect(await quarantineIfLost(room, NAME)).toBeUndefined();
  expect(await gather(viewOf(scenery).lines())).toEqual([]);
});

test('a block that cannot be read is put right from a copy', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { root, steps, paths } = scenery;
  const whole = readFileSync(paths.sealed);
  const copies = [copyTo(paths.sealed, pathIn(scenery, 'backup.gz'))];
  const disk = badSector(paths.sealed, (rowsOf(scenery)[2]?.offset ?? 0) + 100);
  const repair = await repairSegment({ disk, root, steps, name: NAME, copies });
  expect(repair.repaired).toContain(2);
  expect(repair.missing).toEqual([]);
  expect(readFileSync(paths.sealed)).toEqual(whole);
});

test('a file is not made anew without what may be read of it later', async () => {
  const scenery = await sealedScene(manyEntries(300));
  const { root, steps, paths } = scenery;
  const rows = rowsOf(scenery);
  const [bad, last] = [rows[2], rows.at(-1)] as [BlockRow, BlockRow];
  const copy = copyTo(paths.sealed, pathIn(scenery, 'backup.gz'));
  flip(copy, bad.offset + 30);
  flip(paths.sealed, last.offset + last.storedBytes - 20);
  const before = readFileSync(paths.sealed);
  const disk = badSector(paths.sealed, bad.offset + 100);
  const repair = await repairSegment({ disk, root, steps, name: NAME, copies: [copy] });
  expect(repair.repaired).toEqual([]);
  expect(repair.missing).toContain(2);
  expect(repair.missing).toContain(last.number);
  expect(readFileSync(paths.sealed)).toEqual(before);
});

test('a file that the device does not give stays where it is', async () => {
  const scenery = await sealedScene(manyEntries(5));
  const { root, steps, paths } = scenery;
  const room = { disk: badSector(paths.sealed, 50), root, steps };
  expect(await quarantineIfLost(room, NAME)).toBeUndefined();
  expect(exists(paths.sealed)).toBe(true);
});
