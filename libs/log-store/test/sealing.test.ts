/** Does sealing lose nothing, wherever it is interrupted and whatever it finds? */
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { checkSegment, listLogDirectories, listSegments, openSegment } from '../src/check.ts';
import { nodeDisk, rebuildIndex } from '../src/maintenance.ts';
import type { Disk } from '../src/reader.ts';
import { encodeLines, gather, IDS } from './scratch.ts';
import {
  exists,
  flip,
  linesOf,
  manyEntries,
  NAME,
  SEAL,
  type SegmentScene,
  scene,
  seal,
  sealedScene,
  viewOf,
} from './segments.ts';

const ENTRIES = manyEntries(60);
const PLAIN = encodeLines(ENTRIES);

async function expectSealed(scenery: SegmentScene): Promise<void> {
  const { directory, paths } = scenery;
  expect(gunzipSync(readFileSync(paths.sealed)).equals(PLAIN)).toBe(true);
  const check = await checkSegment({ disk: nodeDisk, directory, name: NAME, deep: true });
  expect(check.findings).toEqual([]);
  expect(readdirSync(directory).sort()).toEqual(['.index', 'app.log.2025-07-13.gz']);
  expect(readdirSync(join(directory, '.index'))).toEqual(['app.log.2025-07-13.idx']);
}

test('a rotated file becomes a segment and an index with the seal, readable by nobody else', async () => {
  const { directory, paths, facts, ...rest } = await sealedScene(ENTRIES);
  await expectSealed({ directory, paths, ...rest });
  expect(facts).toMatchObject({
    name: NAME,
    lines: 60,
    damaged: 0,
    plainBytes: PLAIN.length,
    storedBytes: statSync(paths.sealed).size,
    firstSeq: ENTRIES[0]?.metadata.seq,
    lastSeq: ENTRIES.at(-1)?.metadata.seq,
    firstMs: Date.parse(ENTRIES[0]?.timestamp ?? ''),
    lastMs: Date.parse(ENTRIES.at(-1)?.timestamp ?? ''),
  });
  const segment = openSegment(nodeDisk, directory, NAME);
  expect(segment?.facts).toEqual(facts);
  expect(segment?.seal).toEqual(SEAL);
  segment?.close();
  expect(statSync(paths.sealed).mode & 0o777).toBe(0o600);
  expect(statSync(paths.index).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, '.index')).mode & 0o777).toBe(0o700);
});

/** The calls that change or confirm something, in order; the one at `stopAt` fails, as do all after. */
function stoppingDisk(stopAt: number): { disk: Disk; calls: string[] } {
  const calls: string[] = [];
  const count = (call: string) => {
    calls.push(call);
    if (calls.length > stopAt) throw Object.assign(new Error('killed'), { code: 'EIO' });
  };
  const disk: Disk = {
    ...nodeDisk,
    write(fd, data, position) {
      count('write');
      return nodeDisk.write(fd, data, position);
    },
    fsync(fd) {
      count('fsync');
      return nodeDisk.fsync(fd);
    },
    rename(from, to) {
      count(`rename ${to.split('.').at(-1)}`);
      nodeDisk.rename(from, to);
    },
    unlink(path) {
      count('unlink');
      nodeDisk.unlink(path);
    },
    mkdir(path, mode) {
      count('mkdir');
      nodeDisk.mkdir(path, mode);
    },
  };
  return { disk, calls };
}

test('stopped before any call, readers see every line once and the next call finishes', async () => {
  const whole = stoppingDisk(Number.POSITIVE_INFINITY);
  await seal(await scene(PLAIN), { disk: whole.disk });
  expect(whole.calls.length).toBeGreaterThan(15);
  for (let stopAt = 0; stopAt < whole.calls.length; stopAt++) {
    const scenery = await scene(PLAIN);
    const { disk } = stoppingDisk(stopAt);
    const state = `before call ${stopAt}, ${whole.calls[stopAt]}`;
    await expect(seal(scenery, { disk }), state).rejects.toThrow('killed');
    expect(await gather(viewOf(scenery).lines()), state).toEqual(linesOf(ENTRIES));
    await seal(scenery);
    await expectSealed(scenery);
  }
});

test('nothing gets its final name before it is synced, nor the plain file its end before both', async () => {
  const { disk, calls } = stoppingDisk(Number.POSITIVE_INFINITY);
  await seal(await scene(PLAIN), { disk });
  const order = calls.filter((call, at) => call !== 'write' || calls[at - 1] !== 'write');
  const [end] = order.slice(order.indexOf('rename gz') + 1).filter((call) => call === 'unlink');
  expect(end).toBe('unlink');
  const text = order.join(', ');
  expect(text).toContain('write, fsync, unlink');
  expect(text).toMatch(/write, fsync, rename idx, fsync, rename gz, fsync/);
  expect(text).toMatch(/rename gz, fsync, (fsync, )+unlink, fsync/);
});

test('a finished segment whose plain file is still there is compared, then the file is removed', async () => {
  const scenery = await sealedScene(ENTRIES);
  const sealed = readFileSync(scenery.paths.sealed);
  writeFileSync(scenery.paths.plain, PLAIN);
  let signed = 0;
  await seal(scenery, { sign: async () => Buffer.from(`again ${++signed}`) });
  expect(signed).toBe(0);
  await expectSealed(scenery);
  expect(readFileSync(scenery.paths.sealed)).toEqual(sealed);
});

test('a damaged segment whose plain file is still there is sealed anew', async () => {
  for (const spoil of [
    ({ paths }: SegmentScene) => flip(paths.sealed, 300),
    ({ paths }: SegmentScene) => flip(paths.index, 300),
    ({ paths }: SegmentScene) => unlinkSync(paths.index),
    ({ paths }: SegmentScene) => writeFileSync(paths.sealed, ''),
    ({ directory }: SegmentScene) => rmSync(join(directory, '.index'), { recursive: true }),
  ]) {
    const scenery = await sealedScene(ENTRIES);
    writeFileSync(scenery.paths.plain, PLAIN);
    spoil(scenery);
    await seal(scenery);
    await expectSealed(scenery);
  }
});

test('what does not read back as the plain file is not sealed', async () => {
  const scenery = await scene(PLAIN);
  const disk: Disk = {
    ...nodeDisk,
    write(fd, data, position) {
      const spoiled = Buffer.from(data);
      if (spoiled.length > 100) spoiled[90] = (spoiled[90] as number) ^ 1;
      return nodeDisk.write(fd, spoiled, position);
    },
  };
  await expect(seal(scenery, { disk })).rejects.toMatchObject({ code: 'SEAL_MISMATCH' });
  expect(readFileSync(scenery.paths.plain)).toEqual(PLAIN);
  expect(exists(scenery.paths.sealed)).toBe(false);
  await seal(scenery);
  await expectSealed(scenery);
});

test('an abort leaves the plain file, and the next call seals it', async () => {
  const scenery = await scene(PLAIN);
  const abort = new AbortController();
  const onProgress = (bytes: number) => {
    if (bytes > PLAIN.length * 1.5) abort.abort(new Error('enough'));
  };
  await expect(seal(scenery, { signal: abort.signal, onProgress })).rejects.toThrow('enough');
  expect(readFileSync(scenery.paths.plain)).toEqual(PLAIN);
  const seen: number[] = [];
  await seal(scenery, { onProgress: (bytes) => seen.push(bytes) });
  expect(seen.at(-1)).toBe(PLAIN.length * 2);
  expect(seen).toEqual(seen.toSorted((left, right) => left - right));
});

test('a segment that is not there, and links, are refused', async () => {
  const scenery = await scene();
  await expect(seal(scenery)).rejects.toMatchObject({ code: 'SEGMENT_MISSING' });
  const secret = join(scenery.root, 'secret');
  writeFileSync(secret, PLAIN);
  symlinkSync(secret, scenery.paths.plain);
  await expect(seal(scenery)).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  unlinkSync(scenery.paths.plain);
  writeFileSync(scenery.paths.plain, PLAIN);
  mkdirSync(join(scenery.root, 'elsewhere'));
  symlinkSync(join(scenery.root, 'elsewhere'), join(scenery.directory, '.index'));
  await expect(seal(scenery)).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
  expect(readdirSync(join(scenery.root, 'elsewhere'))).toEqual([]);
});

test('a lost or damaged index is made again as it was, save the seal', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { directory, paths, facts } = scenery;
  const index = readFileSync(paths.index);
  unlinkSync(paths.index);
  const sign = async () => SEAL;
  const rebuilt = await rebuildIndex({ disk: nodeDisk, directory, name: NAME, sign });
  expect(rebuilt).toEqual({ facts, damaged: [] });
  expect(readFileSync(paths.index)).toEqual(index);
  flip(paths.index, 400);
  expect(await seal(scenery)).toEqual(facts);
  await expectSealed(scenery);
  expect((await rebuildIndex({ disk: nodeDisk, directory, name: NAME })).facts).toEqual(facts);
  const segment = openSegment(nodeDisk, directory, NAME);
  expect(segment?.seal.length).toBe(0);
  segment?.close();
});

test.each([0, 2, -1])(
  'the index of a segment with block %i damaged has the others',
  async (block) => {
    const scenery = await sealedScene(ENTRIES);
    const { directory, paths } = scenery;
    const segment = openSegment(nodeDisk, directory, NAME);
    segment?.close();
    const row = segment?.rows.at(block);
    if (row === undefined) throw new Error('too few blocks');
    flip(paths.sealed, row.offset + 100);
    const index = readFileSync(paths.index);
    const kept = await rebuildIndex({ disk: nodeDisk, directory, name: NAME });
    expect(kept).toMatchObject({ facts: scenery.facts, damaged: [{ blocks: [row.number] }] });
    expect(readFileSync(paths.index)).toEqual(index);
    rmSync(join(directory, '.index'), { recursive: true });
    const { facts, damaged } = await rebuildIndex({ disk: nodeDisk, directory, name: NAME });
    expect(damaged).toEqual([{ offset: row.offset, bytes: row.storedBytes, blocks: [row.number] }]);
    expect(facts.lines).toBe(60 - row.lines);
    expect(facts.plainSha256).toEqual(Buffer.alloc(32));
    const check = await checkSegment({ disk: nodeDisk, directory, name: NAME });
    const { offset, storedBytes: bytes } = row;
    expect(check.findings).toEqual([{ kind: 'block-damaged', block: row.number, offset, bytes }]);
    const rest = linesOf(ENTRIES).filter((line) => {
      const { seq } = JSON.parse(line).metadata;
      return seq < row.firstSeq || seq > row.lastSeq;
    });
    expect(await gather(viewOf(scenery).lines())).toEqual(rest);
    const page = await viewOf(scenery).query({ limit: 1 });
    expect(page).toMatchObject({ total: rest.length, damagedLines: 1 });
  },
);

test('listing finds all segments of all logs, and what of them is there', async () => {
  const scenery = await sealedScene(ENTRIES);
  const { root, directory, paths, steps } = scenery;
  copyFileSync(paths.sealed, join(directory, 'app.log.2025-07-13.10.gz'));
  copyFileSync(paths.sealed, join(directory, 'app.log.2025-07-13.2'));
  copyFileSync(paths.index, join(directory, '.index', 'error.log.2025-07-12.idx'));
  writeFileSync(join(directory, 'app.log'), '');
  const listed = listSegments(nodeDisk, directory);
  expect(listed.map(({ name, ...files }) => [name.log, name.day, name.number, files])).toEqual([
    ['app', '2025-07-13', 0, { hasPlain: false, hasSealed: true, hasIndex: true }],
    ['app', '2025-07-13', 2, { hasPlain: true, hasSealed: false, hasIndex: false }],
    ['app', '2025-07-13', 10, { hasPlain: false, hasSealed: true, hasIndex: false }],
    ['error', '2025-07-12', 0, { hasPlain: false, hasSealed: false, hasIndex: true }],
  ]);
  expect(listSegments(nodeDisk, directory, 'error').length).toBe(1);
  expect(listSegments(nodeDisk, join(root, 'nowhere'))).toEqual([]);
  mkdirSync(join(root, 'system'));
  symlinkSync(directory, join(root, 'users', `user_${IDS.userId}`, 'mcp_other'));
  const directories = listLogDirectories(nodeDisk, root);
  expect(directories.map(({ owner }) => owner)).toEqual([
    { kind: 'system' },
    { kind: 'instance', ...IDS },
  ]);
  expect(directories[1]).toMatchObject({ directory, steps, logs: ['app', 'access', 'error'] });
});
