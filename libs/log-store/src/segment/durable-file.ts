/** Files that are written once, made durable and renamed into place. */
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { Disk, FileStat } from '../disk.ts';
import { systemCode, UnsafePathError } from '../errors.ts';
import { DIRECTORY_MODE, FILE_MODE } from '../path.ts';
import { INDEX_DIRECTORY } from './segment-name.ts';

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const CREATE_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export interface ReadableFile {
  readonly disk: Disk;
  readonly fd: number;
}

export interface OpenedFile extends ReadableFile {
  readonly path: string;
  readonly stat: FileStat;
}

/**
 * @returns `undefined` when there is no such file.
 * @throws UnsafePathError for a link or what is no ordinary file.
 */
export function openToRead(disk: Disk, path: string): OpenedFile | undefined {
  let fd: number;
  try {
    fd = disk.open(path, READ_FLAGS);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw new UnsafePathError(`${path} is a link`);
    throw error;
  }
  try {
    const stat = disk.stat(fd);
    if (stat.kind !== 'file') throw new UnsafePathError(`${path} is no ordinary file`);
    return { disk, fd, path, stat };
  } catch (error) {
    disk.close(fd);
    throw error;
  }
}

/** Fills `into`. @returns what the file has of it, less only at its end. */
export function readExactly({ disk, fd }: ReadableFile, into: Buffer, position: number): Buffer {
  let got = 0;
  while (got < into.length) {
    const bytes = disk.read(fd, into.subarray(got), position + got);
    if (bytes === 0) break;
    got += bytes;
  }
  return into.subarray(0, got);
}

/** The bytes [position, position + length), fewer at the end of the file. */
export function readBytes(file: ReadableFile, position: number, length: number): Buffer {
  return readExactly(file, Buffer.allocUnsafeSlow(length), position);
}

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

  /** A short write is tried again: what is really wrong shows then. */
  append(data: Uint8Array): void {
    for (let done = 0; done < data.length; ) {
      const written = this.#disk.write(this.#fd, data.subarray(done), this.bytes);
      if (written === 0) throw new Error(`the disk took no bytes of ${this.path}`);
      done += written;
      this.bytes += written;
    }
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
