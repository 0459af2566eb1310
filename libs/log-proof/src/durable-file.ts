/** Small files that are whole or absent, whatever moment the machine stops. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Disk } from '@mcplog/log-store/check';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Makes the directory and what is missing above it, durably. */
export function makeDirectory(disk: Disk, path: string): void {
  const found = disk.lstat(path);
  if (found?.kind === 'directory') return;
  if (found !== undefined) throw new Error(`${path} is no directory of its own`);
  makeDirectory(disk, dirname(path));
  disk.mkdir(path, DIRECTORY_MODE);
  syncDirectory(disk, dirname(path));
}

/** Replaces the file in one step: readers see the old bytes or the new ones. */
export function writeFileDurably(disk: Disk, path: string, data: Uint8Array): void {
  const part = `${path}.part`;
  const fd = disk.open(part, NEW_FILE, FILE_MODE);
  try {
    writeAll(disk, fd, { data, position: 0 });
    disk.fsyncNow(fd);
  } finally {
    disk.close(fd);
  }
  disk.rename(part, path);
  syncDirectory(disk, dirname(path));
}

/** A short write is tried again: what is really wrong shows then. */
export function writeAll(
  disk: Disk,
  fd: number,
  { data, position }: { readonly data: Uint8Array; readonly position: number },
): void {
  for (let done = 0; done < data.length; ) {
    const bytes = disk.write(fd, data.subarray(done), position + done);
    if (bytes === 0) throw new Error('the disk took no bytes');
    done += bytes;
  }
}

/** The whole file; `undefined` when there is none, or something that is no ordinary file. */
export function readWholeFile(disk: Disk, path: string): Buffer | undefined {
  if (disk.lstat(path)?.kind !== 'file') return undefined;
  const fd = disk.open(path, READ_FILE);
  try {
    const data = Buffer.alloc(disk.stat(fd).bytes);
    const bytes = readFully(disk, fd, { into: data, position: 0 });
    return data.subarray(0, bytes);
  } finally {
    disk.close(fd);
  }
}

/** Fills the buffer as far as the file goes. */
export function readFully(
  disk: Disk,
  fd: number,
  { into, position }: { readonly into: Uint8Array; readonly position: number },
): number {
  let done = 0;
  while (done < into.length) {
    const bytes = disk.read(fd, into.subarray(done), position + done);
    if (bytes === 0) break;
    done += bytes;
  }
  return done;
}

/**
 * Overwrites, syncs and unlinks a secret. What the file system or the drive copied elsewhere
 * (journals, snapshots, worn cells) is out of our reach.
 */
export function eraseFile(disk: Disk, path: string): void {
  const fd = disk.open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    writeAll(disk, fd, { data: randomBytes(disk.stat(fd).bytes), position: 0 });
    disk.fsyncNow(fd);
  } finally {
    disk.close(fd);
  }
  disk.unlink(path);
  syncDirectory(disk, dirname(path));
}

export function syncDirectory(disk: Disk, path: string): void {
  const fd = disk.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    disk.fsyncNow(fd);
  } finally {
    disk.close(fd);
  }
}
