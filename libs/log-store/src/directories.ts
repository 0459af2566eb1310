import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { WriterRoom } from './active-file.ts';
import type { Disk } from './disk.ts';
import { DiskError } from './errors.ts';
import { DIRECTORY_MODE } from './path.ts';

const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;

/** Makes the names in a directory durable. Rejects with DiskError. */
export async function confirmNames(disk: Disk, directory: string): Promise<void> {
  try {
    const fd = disk.open(directory, FLAGS);
    await disk.fsync(fd).finally(() => disk.close(fd));
  } catch (error) {
    throw unconfirmed(directory, error);
  }
}

/** The same, blocking: for the moment in which the next line must have a file. */
export function confirmNamesNow(disk: Disk, directory: string): void {
  try {
    const fd = disk.open(directory, FLAGS);
    try {
      disk.fsyncNow(fd);
    } finally {
      disk.close(fd);
    }
  } catch (error) {
    throw unconfirmed(directory, error);
  }
}

function unconfirmed(directory: string, error: unknown): DiskError {
  return new DiskError(directory, 'make durable the names in', error);
}

export function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** Makes the log directory and what is missing above it. */
export function makeRoot(room: WriterRoom, root: string): void {
  if (room.disk.lstat(root) !== undefined) return;
  const parent = dirname(root);
  makeRoot(room, parent);
  room.disk.mkdir(root, DIRECTORY_MODE);
  room.onDirectoryChanged(parent);
}
