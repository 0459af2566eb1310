import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { DIRECTORY_MODE } from '../disk/path.ts';
import { DiskError, systemCode } from '../errors.ts';
import type { WriterRoom } from './active-file.ts';

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

/** Which names wait for an fsync of the directory they are in. */
export class DirectorySyncs {
  readonly #disk: Disk;
  readonly #root: string;
  #waiting = new Set<string>();
  /** Since this writer started; what an earlier one left unsynced only the disk knows. */
  readonly #certain = new Set<string>();

  constructor(disk: Disk, root: string) {
    this.#disk = disk;
    this.#root = root;
  }

  /** A directory got, lost or renamed a member. */
  changed(directory: string): void {
    this.#certain.delete(directory);
    this.#waiting.add(directory);
  }

  /** A file was there before us: whoever made it or a directory above may have died unsynced. */
  found(path: string): void {
    for (let at = path; dirname(at) !== at; at = dirname(at)) {
      if (!this.#certain.has(dirname(at))) this.#waiting.add(dirname(at));
    }
  }

  /** Syncs what waits. @returns why, for each directory that waits on because its sync failed. */
  async confirm(): Promise<Map<string, unknown>> {
    const failed = new Map<string, unknown>();
    const directories = [...this.#waiting];
    this.#waiting = new Set();
    const confirm = async (directory: string) => {
      try {
        await confirmNames(this.#disk, directory);
        if (!this.#waiting.has(directory)) this.#certain.add(directory);
      } catch (error) {
        if (this.#isClosedToUs(directory, error)) return;
        this.#waiting.add(directory);
        failed.set(directory, error);
      }
    };
    await Promise.all(directories.map(confirm));
    return failed;
  }

  /** Above the root there may be directories that we may pass and not read; we made none in them. */
  #isClosedToUs(directory: string, error: unknown): boolean {
    const isAbove = isBelow(this.#root, directory);
    const cause = error instanceof DiskError ? error.cause : undefined;
    return isAbove && ['EACCES', 'EPERM'].includes(systemCode(cause) ?? '');
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
