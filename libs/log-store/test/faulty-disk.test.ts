/** What happens to lines when the disk is full or a sync fails? */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { openLogReader } from '../src/reader.ts';
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
const ERROR = instanceFile('error');

/** The real disk with room for so many bytes of log; a write beyond it is short, then fails. */
function smallDisk(room: { bytes: number }): Disk {
  return {
    ...nodeDisk,
    write(fd, data, position) {
      if (room.bytes === 0) throw systemError('ENOSPC');
      const fitting = data.subarray(0, room.bytes);
      room.bytes -= fitting.length;
      return nodeDisk.write(fd, fitting, position);
    },
  };
}

test('a full disk keeps the whole lines that fitted, whatever number of bytes did', async () => {
  const entries = [1, 2, 3, 4].map((n) => entryOf(n));
  const bytes = encodeLines(entries);
  const root = await scratchRoot();
  for (let fits = 0; fits < bytes.length; fits += 7) {
    const target = instanceFile('app', { ...IDS, instanceId: `fits-${fits}` });
    const room = { bytes: fits };
    const { writer } = openWriter(root, { disk: smallDisk(room) });
    expect(() => append(writer, target, entries)).toThrow(
      expect.objectContaining({ code: 'DISK_FULL' }),
    );
    const kept = entries.filter((_, at) => encodeLines(entries.slice(0, at + 1)).length <= fits);
    expect(readFileSync(writer.fileOf(target))).toEqual(encodeLines(kept));
    expect(writer.lastSeq(target)).toBe(kept.at(-1)?.metadata.seq ?? 0);

    room.bytes = 1_000_000;
    expect(() => append(writer, target, entries)).toThrow('waits for resume');
    writer.resume(target);
    append(writer, target, entries.slice(kept.length));
    expect(await writer.close()).toEqual([]);
    expect(readFileSync(writer.fileOf(target))).toEqual(bytes);
  }
});

/** The real disk whose next fdatasync of a chosen file fails, as a broken device's does: once. */
function unsyncableDisk(): { disk: Disk; failNext: (path: string) => void } {
  const paths = new Map<number, string>();
  let failing: string | undefined;
  const disk: Disk = {
    ...nodeDisk,
    open(path, flags, mode) {
      const fd = nodeDisk.open(path, flags, mode);
      paths.set(fd, path);
      return fd;
    },
    async fdatasync(fd) {
      await nodeDisk.fdatasync(fd);
      if (paths.get(fd) !== failing) return;
      failing = undefined;
      throw systemError('EIO');
    },
  };
  return {
    disk,
    failNext(path) {
      failing = path;
    },
  };
}

test('a failed sync is final: the file is set aside, and redelivery makes the view whole', async () => {
  const root = await scratchRoot();
  const { disk, failNext } = unsyncableDisk();
  const { writer, findings } = openWriter(root, { disk });
  append(writer, APP, [entryOf(1), entryOf(2)]);
  expect(await writer.commit()).toEqual([]);

  append(writer, APP, [entryOf(3), entryOf(5)]);
  append(writer, ERROR, [entryOf(4)]);
  failNext(writer.fileOf(APP));
  const certain = entryOf(2).metadata.seq;
  expect(await writer.commit()).toMatchObject([
    { target: APP, error: { code: 'DISK_ERROR' }, lastSeq: certain },
  ]);
  expect(findings).toMatchObject([{ kind: 'set-aside', lastSeq: certain }]);
  expect(writer.lastSeq(APP)).toBe(certain);
  expect(() => append(writer, APP, [entryOf(6)])).toThrow('waits for resume');

  writer.resume(APP);
  expect(writer.lastSeq(APP)).toBe(certain);
  append(writer, APP, [entryOf(3)]);
  append(writer, APP, [entryOf(5), entryOf(6)]);
  expect(await writer.close()).toEqual([]);
  expect(
    readdirSync(dirname(writer.fileOf(APP))).filter((name) => name.includes('suspect')),
  ).toHaveLength(1);

  const view = openLogReader({ root }).instance(IDS);
  for (const order of ['asc', 'desc'] as const) {
    const { entries, total } = await view.query({ order });
    const wanted = [1, 2, 3, 4, 5, 6].map((n) => entryOf(n));
    expect(entries).toEqual(order === 'asc' ? wanted : wanted.reverse());
    expect(total).toBe(6);
  }
});

test('lines appended while a sync fails are reported by the next commit', async () => {
  const root = await scratchRoot();
  const { disk, failNext } = unsyncableDisk();
  const { writer } = openWriter(root, { disk });
  append(writer, APP, [entryOf(1)]);
  await writer.commit();
  append(writer, APP, [entryOf(2)]);
  failNext(writer.fileOf(APP));
  const first = writer.commit();
  await Promise.resolve();
  append(writer, APP, [entryOf(3)]);
  const second = writer.commit();
  expect(await first).toMatchObject([{ target: APP, lastSeq: entryOf(1).metadata.seq }]);
  expect(await second).toMatchObject([{ target: APP, lastSeq: entryOf(1).metadata.seq }]);
  await writer.close();
});

test('a failure is told to every commit that waits, whichever of them synced the lines', async () => {
  const root = await scratchRoot();
  const { disk, failNext } = unsyncableDisk();
  const { writer } = openWriter(root, { disk });
  append(writer, ERROR, [entryOf(1)]);
  const waiting = [writer.commit(), writer.commit()];
  append(writer, APP, [entryOf(2)]);
  failNext(writer.fileOf(APP));
  waiting.push(writer.commit());
  expect(await waiting[2]).toMatchObject([{ target: APP }]);
  await writer.close();
});

test('a failure that creating an instance ran into is told to the next commit', async () => {
  const root = await scratchRoot();
  const { disk, failNext } = unsyncableDisk();
  const { writer } = openWriter(root, { disk });
  append(writer, APP, [entryOf(1)]);
  failNext(writer.fileOf(APP));
  await writer.createInstance({ ...IDS, instanceId: 'another' });
  expect(await writer.commit()).toMatchObject([{ target: APP }]);
  expect(await writer.commit()).toEqual([]);
  await writer.close();
});

test('one failing file does not keep the others from being durable', async () => {
  const root = await scratchRoot();
  const { disk, failNext } = unsyncableDisk();
  const { writer } = openWriter(root, { disk });
  append(writer, APP, [entryOf(1)]);
  append(writer, ERROR, [entryOf(2)]);
  failNext(writer.fileOf(APP));
  expect((await writer.commit()).map(({ target }) => target)).toEqual([APP]);
  expect(writer.lastSeq(ERROR)).toBe(entryOf(2).metadata.seq);
  await writer.close();
});

test('what an earlier process appended is synced before it counts as durable', async () => {
  const root = await scratchRoot();
  const before = openWriter(root).writer;
  append(before, APP, [entryOf(1)]);
  await before.close();
  const { disk, failNext } = unsyncableDisk();
  const { writer } = openWriter(root, { disk });
  failNext(writer.fileOf(APP));
  expect(writer.lastSeq(APP)).toBe(entryOf(1).metadata.seq);
  expect(await writer.commit()).toMatchObject([{ target: APP, lastSeq: 0 }]);
  await writer.close();
});

test('a directory whose sync fails is no place for an instance', async () => {
  const root = await scratchRoot();
  let broken = true;
  const disk = unreliableDisk(['fsync'], () => broken);
  const { writer } = openWriter(root, { disk });
  await expect(writer.createInstance(IDS)).rejects.toThrow('waits for resume');
  broken = false;
  for (const file of ['app', 'access', 'error'] as const) writer.resume(instanceFile(file));
  await writer.createInstance(IDS);
  await writer.close();
});
