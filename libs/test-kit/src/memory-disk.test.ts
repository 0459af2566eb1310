import { constants } from 'node:fs';
import { expect, test } from 'vitest';
import { MemoryDisk } from './memory-disk.ts';
import type { FaultPlan } from './memory-faults.ts';

const NEW = constants.O_RDWR | constants.O_CREAT;
const APPEND = NEW | constants.O_APPEND;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

async function syncDirectory(disk: MemoryDisk, path: string): Promise<void> {
  const fd = disk.open(path, DIRECTORY);
  await disk.fsync(fd);
  disk.close(fd);
}

/** A disk with a file `/a` that is certain, name and bytes. */
async function diskWith(text: string, plan: FaultPlan = {}) {
  const disk = new MemoryDisk(plan);
  const fd = disk.open('/a', APPEND);
  if (text !== '') disk.write(fd, bytes(text), 0);
  await disk.fdatasync(fd);
  await syncDirectory(disk, '/');
  return { disk, fd };
}

function textOf(disk: MemoryDisk, path: string): string | undefined {
  return disk.contents().get(path)?.toString();
}

test('bytes that were not synced go with the power, or stay, as the survival says', async () => {
  const { disk, fd } = await diskWith('old ');
  disk.write(fd, bytes('new'), 4);
  expect(textOf(disk.afterPowerCut({ kind: 'nothing' }), '/a')).toBe('old ');
  expect(textOf(disk.afterPowerCut({ kind: 'names' }), '/a')).toBe('old ');
  expect(textOf(disk.afterPowerCut({ kind: 'everything' }), '/a')).toBe('old new');
  expect(textOf(disk, '/a')).toBe('old new');
});

test('the name of a synced file is only certain once its directory is synced', async () => {
  const disk = new MemoryDisk();
  const fd = disk.open('/a', NEW);
  disk.write(fd, bytes('x'), 0);
  await disk.fdatasync(fd);
  expect(disk.afterPowerCut({ kind: 'nothing' }).contents()).toEqual(new Map());
  expect(textOf(disk.afterPowerCut({ kind: 'names' }), '/a')).toBe('x');
  await syncDirectory(disk, '/');
  expect(textOf(disk.afterPowerCut({ kind: 'nothing' }), '/a')).toBe('x');
});

test('a file that was never synced may come back empty', async () => {
  const disk = new MemoryDisk();
  disk.write(disk.open('/a', NEW), bytes('x'), 0);
  expect(textOf(disk.afterPowerCut({ kind: 'names' }), '/a')).toBe('');
});

test('a rename that was not synced comes back under either name, never both or none', async () => {
  const { disk } = await diskWith('x');
  disk.rename('/a', '/b');
  expect([...disk.afterPowerCut({ kind: 'nothing' }).contents().keys()]).toEqual(['/a']);
  expect([...disk.afterPowerCut({ kind: 'names' }).contents().keys()]).toEqual(['/b']);
  for (let seed = 0; seed < 20; seed++) {
    expect(disk.afterPowerCut({ kind: 'some-names', seed }).contents().size).toBe(1);
  }
});

test('a directory whose parent was not synced takes its synced members with it', async () => {
  const disk = new MemoryDisk();
  disk.mkdir('/d', 0o700);
  const fd = disk.open('/d/a', NEW);
  await disk.fdatasync(fd);
  await syncDirectory(disk, '/d');
  expect(disk.afterPowerCut({ kind: 'nothing' }).contents()).toEqual(new Map());
  await syncDirectory(disk, '/');
  expect([...disk.afterPowerCut({ kind: 'nothing' }).contents().keys()]).toEqual(['/d/', '/d/a']);
});

test('an unlinked file comes back when its directory was not synced', async () => {
  const { disk } = await diskWith('x');
  disk.unlink('/a');
  expect(textOf(disk.afterPowerCut({ kind: 'nothing' }), '/a')).toBe('x');
  await syncDirectory(disk, '/');
  expect(textOf(disk.afterPowerCut({ kind: 'nothing' }), '/a')).toBeUndefined();
});

test('a torn survival keeps a beginning of what was appended, at every length', async () => {
  const { disk, fd } = await diskWith('old');
  disk.write(fd, bytes('12'), 3);
  disk.write(fd, bytes('34'), 5);
  const seen = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    seen.add(textOf(disk.afterPowerCut({ kind: 'prefix', seed }), '/a') ?? '');
  }
  expect([...seen].sort()).toEqual(['old', 'old1', 'old12', 'old123', 'old1234']);
});

test('a survival with holes has zeros where pages are missing, never in synced bytes', async () => {
  const { disk, fd } = await diskWith('synced');
  disk.write(fd, bytes('aabbcc'), 6);
  const seen = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const after = disk.afterPowerCut({ kind: 'holes', seed, pageBytes: 4 });
    seen.add((textOf(after, '/a') ?? '').replaceAll('\0', '.'));
  }
  expect(seen).toContain('synced..bbcc');
  expect(seen).toContain('syncedaa....');
  expect([...seen].every((text) => text.startsWith('synced') && text.length === 12)).toBe(true);
});

test('bytes written while a sync runs are not made certain by it', async () => {
  const { disk, fd } = await diskWith('');
  disk.write(fd, bytes('early'), 0);
  const sync = disk.fdatasync(fd);
  disk.write(fd, bytes(' late'), 0);
  await sync;
  expect(textOf(disk.afterPowerCut({ kind: 'nothing' }), '/a')).toBe('early');
});

test('after a failed sync the bytes are seen, the next sync succeeds, and they are lost', async () => {
  const { disk, fd } = await diskWith('old', {
    fail: ({ call, nth }) => (call === 'fdatasync' && nth === 2 ? 'EIO' : undefined),
  });
  disk.write(fd, bytes('lost'), 0);
  await expect(disk.fdatasync(fd)).rejects.toMatchObject({ code: 'EIO' });
  disk.write(fd, bytes('kept'), 0);
  await disk.fdatasync(fd);
  expect(textOf(disk, '/a')).toBe('oldlostkept');
  expect(textOf(disk.afterPowerCut({ kind: 'everything' }), '/a')).toBe('old\0\0\0\0kept');
  disk.dropCaches();
  expect(textOf(disk, '/a')).toBe('old\0\0\0\0kept');
});

test('a full disk takes what fits, then refuses, and takes more when something is freed', () => {
  const disk = new MemoryDisk({ roomBytes: 5 });
  const fd = disk.open('/a', APPEND);
  expect(disk.write(fd, bytes('1234567'), 0)).toBe(5);
  expect(() => disk.write(fd, bytes('67'), 5)).toThrow('ENOSPC');
  disk.truncate(fd, 3);
  expect(disk.write(fd, bytes('abcd'), 3)).toBe(2);
  expect(textOf(disk, '/a')).toBe('123ab');
});

test('after the planned power cut every call fails, whatever it is', async () => {
  const { disk, fd } = await diskWith('x', { powerCut: { operation: 7, when: 'before' } });
  expect(disk.isOff).toBe(false);
  expect(() => disk.write(fd, bytes('y'), 1)).toThrow('the power is gone');
  expect(disk.isOff).toBe(true);
  expect(() => disk.lstat('/a')).toThrow('the power is gone');
  await expect(disk.fdatasync(fd)).rejects.toThrow('the power is gone');
  expect(() => disk.close(fd)).toThrow('the power is gone');
  expect(textOf(disk.afterPowerCut({ kind: 'everything' }), '/a')).toBe('x');
});

test('a cut before an operation leaves it out, a cut after it does not', () => {
  for (const when of ['before', 'after'] as const) {
    const disk = new MemoryDisk({ powerCut: { operation: 2, when } });
    const fd = disk.open('/a', NEW);
    expect(() => disk.write(fd, bytes('x'), 0)).toThrow('the power is gone');
    const after = disk.afterPowerCut({ kind: 'everything' });
    expect(textOf(after, '/a')).toBe(when === 'before' ? '' : 'x');
  }
});
