/** Files that are written once, made durable and renamed into place. */
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { writeAll } from '../disk/disk-io.ts';
import { DIRECTORY_MODE, FILE_MODE } from '../disk/path.ts';
import { systemCode, UnsafePathError } from '../errors.ts';
import { INDEX_DIRECTORY } from './segment-name.ts';

const CREATE_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** A file of a new name, replacing what an interrupted run left under it. */
export class NewFile {
  readonly path: string;
  bytes = 0;
  readonly #disk: Disk;
  readonly #fd: number;

  constructor(disk: Disk, path: string) {
    this.path = path;
    this.#disk = disk;
    unlinkIfThere(disk, path);
    this.#fd = disk.open(path, CREATE_FLAGS, FILE_MODE);
  }

  append(data: Uint8Array): void {
    writeAll({ disk: this.#disk, fd: this.#fd }, data, this.bytes);
    this.bytes += data.length;
  }

  sync(): Promise<void> {
    return this.#disk.fsync(this.#fd);
  }

  close(): void {
    this.#disk.close(this.#fd);
  }
}

/** After it, names made, changed or removed in the directory stay so. */
export async function syncDirectory(disk: Disk, directory: string): Promise<void> {
  const fd = disk.open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await disk.fsync(fd);
  } finally {
    disk.close(fd);
  }
}

/** Makes the index directory, durably, when it is missing. @throws UnsafePathError for a link. */
export async function makeIndexDirectory(disk: Disk, directory: string): Promise<string> {
  const path = join(directory, INDEX_DIRECTORY);
  const found = disk.lstat(path);
  if (found === undefined) {
    disk.mkdir(path, DIRECTORY_MODE);
    await syncDirectory(disk, directory);
  } else if (found.kind !== 'directory') {
    throw new UnsafePathError(`${path} is no directory of its own`);
  }
  return path;
}

export function unlinkIfThere(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
