/** Does rotation keep every line, once, whole and in order, whatever happens around it? */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEntry } from '@mcplog/log-entry';
import { expect, test } from 'vitest';
import { encodeMember } from '../src/segment/gzip-member.ts';
import { type Disk, nodeDisk } from '../src/writer.ts';
import {
  append,
  encodeLines,
  entryOf,
  IDS,
  instanceFile,
  openWriter,
  scratchRoot,
  systemError,
  unreliableDisk,
} from './scratch.ts';

const APP = instanceFile('app');
const DAY = '2025-07-13';
const seqOf = (n: number) => entryOf(n).metadata.seq;

function filesOf(path: string): string[] {
  return readdirSync(dirname(path)).sort();
}

test('a rotated file is the old one under another name, and an empty one takes its place', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  append(writer, APP, [entryOf(1), entryOf(2)]);
  const path = writer.fileOf(APP);
  const rotated = await writer.rotate(APP);
  expect(rotated).toEqual({
    target: APP,
    name: { log: 'app', day: DAY, number: 0 },
    path: `${path}.${DAY}`,
    bytes: encodeLines([entryOf(1), entryOf(2)]).length,
    lastSeq: seqOf(2),
  });
  expect(readFileSync(path, 'utf8')).toBe('');
  append(writer, APP, [entryOf(3)]);
  expect(await writer.close()).toEqual([]);
  expect(readFileSync(`${path}.${DAY}`)).toEqual(encodeLines([entryOf(1), entryOf(2)]));
  expect(readFileSync(path)).toEqual(encodeLines([entryOf(3)]));
});

test('an empty file and a missing one are not rotated, nor made', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  expect(await writer.rotate(APP)).toBeUndefined();
  expect(existsSync(dirname(writer.fileOf(APP)))).toBe(false);
  await writer.createInstance(IDS);
  expect(await writer.rotate(APP)).toBeUndefined();
  expect(filesOf(writer.fileOf(APP))).toEqual(['access.log', 'app.log', 'error.log']);
  await writer.close();
});

test('numbers are shared by plain files, sealed ones and indexes whose segment is gone', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  await writer.createInstance(IDS);
  const path = writer.fileOf(APP);
  mkdirSync(join(dirname(path), '.index'));
  writeFileSync(`${path}.${DAY}.gz`, '');
  writeFileSync(`${path}.${DAY}.1`, '');
  writeFileSync(join(dirname(path), '.index', `app.log.${DAY}.2.idx`), '');
  append(writer, APP, [entryOf(1)]);
  expect((await writer.rotate(APP))?.path).toBe(`${path}.${DAY}.3`);
  await writer.close();
});

test('lines that arrive while a file is rotated are in one of the two files, once', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  let n = 0;
  const appendSome = () => append(writer, APP, [entryOf(++n), entryOf(++n)]);
  let rotating = true;
  const traffic = (async () => {
    while (rotating) {
      appendSome();
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  for (let round = 0; round < 50; round++) {
    appendSome();
    expect(await writer.rotate(APP)).toBeDefined();
  }
  rotating = false;
  await traffic;
  expect(await writer.close()).toEqual([]);
  const path = writer.fileOf(APP);
  const order = [`.${DAY}`, ...Array.from({ length: 49 }, (_, at) => `.${DAY}.${at + 1}`), ''];
  const text = order.map((ending) => readFileSync(`${path}${ending}`, 'utf8')).join('');
  const seqs = text
    .trimEnd()
    .split('\n')
    .map((line) => parseEntry(line)?.metadata.seq);
  expect(seqs).toEqual(Array.from({ length: n }, (_, at) => seqOf(at + 1)));
});

test('after a restart the last seq is that of the newest rotated file', async () => {
  const root = await scratchRoot();
  const before = openWriter(root).writer;
  append(before, APP, [entryOf(1), entryOf(2)]);
  await before.rotate(APP);
  append(before, APP, [entryOf(3)]);
  await before.rotate(APP);
  await before.close();
  const { writer } = openWriter(root);
  expect(writer.lastSeq(APP)).toBe(seqOf(3));
  expect(() => append(writer, APP, [entryOf(3)])).toThrow('cannot follow');
  append(writer, APP, [entryOf(4)]);
  await writer.close();
});

test('a writer killed between renaming and beginning anew leaves nothing that doubles', async () => {
  const root = await scratchRoot();
  const before = openWriter(root).writer;
  append(before, APP, [entryOf(1)]);
  await before.close();
  const path = before.fileOf(APP);
  renameSync(path, `${path}.${DAY}`);
  const { writer } = openWriter(root);
  expect(writer.lastSeq(APP)).toBe(seqOf(1));
  append(writer, APP, [entryOf(2)]);
  await writer.close();
  expect(readFileSync(path)).toEqual(encodeLines([entryOf(2)]));
});

test('the last seq of sealed files is found with their index and without', async () => {
  const root = await scratchRoot();
  const path = openWriter(root).writer.fileOf(APP);
  mkdirSync(dirname(path), { recursive: true });
  const members = [1, 2].map((n, number) =>
    encodeMember(encodeLines([entryOf(n)]), {
      number,
      lines: 1,
      firstSeq: seqOf(n),
      lastSeq: seqOf(n),
    }),
  );
  writeFileSync(`${path}.${DAY}.gz`, Buffer.concat(members));
  expect(openWriter(root).writer.lastSeq(APP)).toBe(seqOf(2));
});

test('what a file that was set aside holds beyond its last sync is written again', async () => {
  const root = await scratchRoot();
  const before = openWriter(root).writer;
  append(before, APP, [entryOf(1), entryOf(2)]);
  await before.rotate(APP);
  append(before, APP, [entryOf(3)]);
  await before.close();
  const path = before.fileOf(APP);
  renameSync(path, `${path}.suspect-20250713T153000123Z`);
  const { writer } = openWriter(root);
  expect(writer.lastSeq(APP)).toBe(seqOf(2));
  append(writer, APP, [entryOf(3)]);
  await writer.close();
});

test('a rename that fails leaves the file as it was, and lines go on into it', async () => {
  const root = await scratchRoot();
  let broken = true;
  const disk: Disk = {
    ...nodeDisk,
    rename(from, to) {
      if (broken) throw systemError('EROFS');
      nodeDisk.rename(from, to);
    },
  };
  const { writer } = openWriter(root, { disk });
  append(writer, APP, [entryOf(1)]);
  await expect(writer.rotate(APP)).rejects.toMatchObject({ code: 'DISK_ERROR' });
  append(writer, APP, [entryOf(2)]);
  expect(await writer.commit()).toEqual([]);
  expect(filesOf(writer.fileOf(APP))).toEqual(['app.log']);
  broken = false;
  expect(await writer.rotate(APP)).toMatchObject({ lastSeq: seqOf(2) });
  await writer.close();
});

test('no new file begins before the disk has confirmed the name of the old one', async () => {
  const root = await scratchRoot();
  let broken = false;
  const disk = unreliableDisk(['fsync', 'fsyncNow'], () => broken);
  const { writer } = openWriter(root, { disk });
  append(writer, APP, [entryOf(1)]);
  expect(await writer.commit()).toEqual([]);
  broken = true;
  await expect(writer.rotate(APP)).rejects.toMatchObject({ code: 'DISK_ERROR' });
  expect(() => append(writer, APP, [entryOf(2)])).toThrow('make durable the names');
  expect(filesOf(writer.fileOf(APP))).toEqual([`app.log.${DAY}`]);
  broken = false;
  expect(writer.lastSeq(APP)).toBe(seqOf(1));
  append(writer, APP, [entryOf(2)]);
  expect(await writer.close()).toEqual([]);
  expect(readFileSync(writer.fileOf(APP))).toEqual(encodeLines([entryOf(2)]));
});

test('a sync that fails before a rotation is told to the next commit, and nothing is rotated', async () => {
  const root = await scratchRoot();
  let broken = false;
  const disk = unreliableDisk(['fdatasync'], () => broken);
  const { writer } = openWriter(root, { disk });
  append(writer, APP, [entryOf(1)]);
  expect(await writer.commit()).toEqual([]);
  append(writer, APP, [entryOf(2)]);
  broken = true;
  await expect(writer.rotate(APP)).rejects.toThrow('waits for resume');
  broken = false;
  expect(await writer.commit()).toMatchObject([{ target: APP, lastSeq: seqOf(1) }]);
  writer.resume(APP);
  expect(writer.lastSeq(APP)).toBe(seqOf(1));
  append(writer, APP, [entryOf(2)]);
  expect(await writer.close()).toEqual([]);
});

test('a file that somebody deleted is noticed, and its lines since the last sync come again', async () => {
  const root = await scratchRoot();
  const { writer, findings } = openWriter(root);
  append(writer, APP, [entryOf(1)]);
  expect(await writer.commit()).toEqual([]);
  append(writer, APP, [entryOf(2)]);
  rmSync(writer.fileOf(APP));
  expect(await writer.commit()).toMatchObject([
    { error: { code: 'MOVED_AWAY' }, lastSeq: seqOf(1) },
  ]);
  expect(findings).toMatchObject([{ kind: 'moved-away', lastSeq: seqOf(1) }]);
  writer.resume(APP);
  append(writer, APP, [entryOf(2)]);
  expect(await writer.close()).toEqual([]);
  expect(readFileSync(writer.fileOf(APP))).toEqual(encodeLines([entryOf(2)]));
});

test('a released file is read anew, so that what another writer did is seen', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  append(writer, APP, [entryOf(1)]);
  await writer.release(() => true);
  appendFileSync(writer.fileOf(APP), encodeLines([entryOf(2)]));
  expect(writer.lastSeq(APP)).toBe(seqOf(2));
  append(writer, APP, [entryOf(3)]);
  expect(await writer.close()).toEqual([]);
});

test('a file that is full is told once, and again after the next has filled up', async () => {
  const root = await scratchRoot();
  const full: unknown[] = [];
  const { writer } = openWriter(root, { fullBytes: 500, onFull: (target) => full.push(target) });
  for (let n = 1; n <= 4; n++) append(writer, APP, [entryOf(n)]);
  expect(full).toEqual([APP]);
  await writer.rotate(APP);
  for (let n = 5; n <= 8; n++) append(writer, APP, [entryOf(n)]);
  expect(full).toEqual([APP, APP]);
  await writer.close();
});

test('a look tells size and first moment, passing over lines that are no entries', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  const path = writer.fileOf(APP);
  mkdirSync(dirname(path), { recursive: true });
  const bytes = Buffer.concat([Buffer.from('rubbish\n'), encodeLines([entryOf(1)])]);
  writeFileSync(path, bytes);
  const firstMs = Date.parse(entryOf(1).timestamp);
  expect(writer.look(APP)).toEqual({ bytes: bytes.length, firstMs });
  await writer.close();
});

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

test('heads are the synced states of files, and the last of a file names what it became', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root, { keepHeads: true });
  append(writer, APP, [entryOf(1)]);
  expect(writer.takeHeads()).toEqual([]);
  await writer.commit();
  append(writer, APP, [entryOf(2)]);
  const one = encodeLines([entryOf(1)]);
  expect(writer.takeHeads()).toEqual([
    { target: APP, bytes: one.length, lastSeq: seqOf(1), sha256: sha256(one) },
  ]);
  expect(writer.takeHeads()).toEqual([]);
  await writer.rotate(APP);
  append(writer, APP, [entryOf(3)]);
  await writer.commit();
  const two = encodeLines([entryOf(1), entryOf(2)]);
  const three = encodeLines([entryOf(3)]);
  expect(writer.takeHeads()).toEqual([
    {
      target: APP,
      bytes: two.length,
      lastSeq: seqOf(2),
      sha256: sha256(two),
      rotatedTo: { log: 'app', day: DAY, number: 0 },
    },
    { target: APP, bytes: three.length, lastSeq: seqOf(3), sha256: sha256(three) },
  ]);
  await writer.close();
});

test('a file from before has a head as soon as its beginning has been read', async () => {
  const root = await scratchRoot();
  const before = openWriter(root).writer;
  const entries = Array.from({ length: 5_000 }, (_, at) => entryOf(at + 1));
  append(before, APP, entries);
  await before.close();
  const { writer } = openWriter(root, { keepHeads: true });
  let n = entries.length;
  const { eventually } = await import('@mcplog/test-kit');
  const [head] = await eventually(async () => {
    append(writer, APP, [entryOf(++n)]);
    await writer.commit();
    const heads = writer.takeHeads();
    return heads.length > 0 && heads;
  });
  const bytes = readFileSync(writer.fileOf(APP)).subarray(0, head?.bytes);
  expect(head?.sha256).toEqual(sha256(bytes));
  expect(head?.bytes).toBeGreaterThan(encodeLines(entries).length);
  await writer.close();
});

test('a file that was closed for want of descriptors keeps its hash', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root, { keepHeads: true, filesMax: 1 });
  const targets = ['one', 'two'].map((id) => instanceFile('app', { ...IDS, instanceId: id }));
  for (let n = 1; n <= 3; n++) {
    for (const target of targets) {
      append(writer, target, [entryOf(n)]);
      await writer.commit();
    }
  }
  const wanted = sha256(encodeLines([entryOf(1), entryOf(2), entryOf(3)]));
  expect(writer.takeHeads().map(({ sha256: hash }) => hash)).toEqual([wanted, wanted]);
  await writer.close();
});
