/** Does a log go on when its files cannot be read, and is nothing left open by trying? */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { openLogReader } from '../src/reader.ts';
import { type Disk, nodeDisk } from '../src/writer.ts';
import {
  append,
  encodeLines,
  entryOf,
  gather,
  IDS,
  instanceFile,
  openWriter,
  scratchRoot,
  systemError,
} from './scratch.ts';

const APP = instanceFile('app');
const OLDER = 'app.log.2025-07-12';
const NEWER = 'app.log.2025-07-13';

interface Faults {
  /** Reads of files whose path ends so fail with EIO. */
  unreadable?: string | undefined;
  renames?: boolean;
  /** Listings fail that come after a file was opened. */
  listings?: boolean;
}

/** The real disk with faults that can be changed, and the descriptors it has given out. */
function faultyDisk(faults: Faults): { disk: Disk; open: Map<number, string> } {
  const open = new Map<number, string>();
  const disk: Disk = {
    ...nodeDisk,
    open(path, flags, mode) {
      const fd = nodeDisk.open(path, flags, mode);
      open.set(fd, path);
      return fd;
    },
    close(fd) {
      open.delete(fd);
      nodeDisk.close(fd);
    },
    read(fd, into, position) {
      if (faults.unreadable !== undefined && open.get(fd)?.endsWith(faults.unreadable)) {
        throw systemError('EIO');
      }
      return nodeDisk.read(fd, into, position);
    },
    rename(from, to) {
      if (faults.renames) throw systemError('EIO');
      nodeDisk.rename(from, to);
    },
    readdir(path) {
      if (faults.listings && open.size > 0) throw systemError('EIO');
      return nodeDisk.readdir(path);
    },
  };
  return { disk, open };
}

async function rootWith(files: Readonly<Record<string, Buffer>>): Promise<string> {
  const root = await scratchRoot();
  const directory = dirname(openWriter(root).writer.fileOf(APP));
  mkdirSync(directory, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes);
  return root;
}

const lines = (from: number, to: number) =>
  encodeLines(Array.from({ length: to - from + 1 }, (_, at) => entryOf(from + at)));

test('an active file whose end cannot be read is set aside and the log goes on', async () => {
  const root = await rootWith({ 'app.log': lines(1, 3) });
  const { disk } = faultyDisk({ unreadable: 'app.log' });
  const { writer, findings } = openWriter(root, { disk });
  expect(writer.lastSeq(APP)).toBe(0);
  expect(findings).toMatchObject([{ kind: 'set-aside', target: APP, lastSeq: 0 }]);
  append(writer, APP, [entryOf(4), entryOf(5)]);
  expect(await writer.commit()).toEqual([]);
  await writer.close();
  const view = openLogReader({ root }).instance(IDS);
  const served = await gather(view.lines());
  expect(served.map((line) => JSON.parse(line).message)).toEqual(
    [1, 2, 3, 4, 5].map((n) => entryOf(n).message),
  );
});

test('a rotated file that cannot be read is told, and an older one says how far the log has come', async () => {
  const root = await rootWith({ [OLDER]: lines(1, 2), [NEWER]: lines(3, 4) });
  const faults: Faults = { unreadable: NEWER };
  const { disk } = faultyDisk(faults);
  const { writer, findings } = openWriter(root, { disk });
  expect(writer.lastSeq(APP)).toBe(entryOf(2).metadata.seq);
  expect(findings).toMatchObject([
    { kind: 'unreadable', target: APP, lastSeq: entryOf(2).metadata.seq },
  ]);
  append(writer, APP, [entryOf(5)]);
  expect(await writer.close()).toEqual([]);
});

test('a device that stumbles once over a rotated file is asked again', async () => {
  const root = await rootWith({ [OLDER]: lines(1, 2), [NEWER]: lines(3, 4) });
  const faults: Faults = { unreadable: NEWER };
  const { disk } = faultyDisk(faults);
  const once: Disk = {
    ...disk,
    read(fd, into, position) {
      try {
        return disk.read(fd, into, position);
      } catch (error) {
        faults.unreadable = undefined;
        throw error;
      }
    },
  };
  const { writer, findings } = openWriter(root, { disk: once });
  expect(writer.lastSeq(APP)).toBe(entryOf(4).metadata.seq);
  expect(findings).toEqual([]);
  await writer.close();
});

test('a link in the place of a rotated file is passed over, not followed', async () => {
  const root = await rootWith({ [OLDER]: lines(1, 2) });
  const { writer, findings } = openWriter(root);
  symlinkSync('/etc/hostname', join(dirname(writer.fileOf(APP)), NEWER));
  append(writer, APP, [entryOf(3)]);
  expect(findings).toMatchObject([{ kind: 'unreadable', error: { code: 'UNSAFE_PATH' } }]);
  expect(await writer.close()).toEqual([]);
});

test('a broken-off copy beside the newest sealed file does not set the log back', async () => {
  const { nodeDisk: disk, sealSegment } = await import('../src/maintenance.ts');
  const root = await rootWith({ [NEWER]: lines(1, 100) });
  const directory = dirname(openWriter(root).writer.fileOf(APP));
  const name = { log: 'app', day: '2025-07-13', number: 0 };
  await sealSegment({ disk, directory, name, sign: async () => Buffer.alloc(0) });
  writeFileSync(join(directory, NEWER), lines(1, 5));
  const { writer } = openWriter(root);
  expect(writer.lastSeq(APP)).toBe(entryOf(100).metadata.seq);
  await writer.close();
});

test.each([
  ['whose end cannot be read and that cannot be renamed', { unreadable: 'app.log', renames: true }],
  ['behind a directory that cannot be listed', { listings: true }],
])('a file %s leaves nothing open, however often it is tried', async (_what, planned: Faults) => {
  const root = await rootWith({
    'app.log': 'unreadable' in planned ? lines(1, 3) : Buffer.alloc(0),
  });
  const faults: Faults = { ...planned };
  const { disk, open } = faultyDisk(faults);
  const { writer } = openWriter(root, { disk });
  const before = open.size;
  for (let tries = 0; tries < 20; tries++) {
    expect(() => append(writer, APP, [entryOf(4)])).toThrow('EIO');
  }
  expect(open.size).toBe(before);
  Object.assign(faults, { unreadable: undefined, renames: false, listings: false });
  append(writer, APP, [entryOf(4)]);
  expect(await writer.close()).toEqual([]);
  expect(open.size).toBe(before);
});

test('a line stamped far in the future does not name the files after it', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root, { now: () => Date.UTC(2025, 6, 14, 12) });
  const names: string[] = [];
  const days = ['2025-07-13', '2099-01-01', '2025-07-14', '2025-07-15'];
  for (const [at, day] of days.entries()) {
    append(writer, APP, [{ ...entryOf(at + 1), timestamp: `${day}T10:00:00.000Z` }]);
    await writer.rotate(APP);
  }
  for (const name of readdirSync(dirname(writer.fileOf(APP))).sort()) names.push(name);
  expect(names).toEqual([
    'app.log',
    'app.log.2025-07-13',
    'app.log.2025-07-14',
    'app.log.2025-07-14.1',
    'app.log.2025-07-14.2',
  ]);
  await writer.close();
  expect(readFileSync(writer.fileOf(APP)).length).toBe(0);
});
