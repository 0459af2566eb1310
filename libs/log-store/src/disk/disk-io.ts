/**
 * Whole reads and writes on a {@link Disk}, which may do less than it is asked. Also the door
 * `@mcplog/log-store/disk`, for whoever keeps files of its own beside the logs (log-proof).
 */
import { constants } from 'node:fs';
import { systemCode, UnsafePathError } from '../errors.ts';
import type { Disk, FileStat } from './disk.ts';
import { FILE_MODE } from './path.ts';

export interface FileHandle {
  readonly disk: Disk;
  readonly fd: number;
}

export interface OpenedFile extends FileHandle {
  readonly path: string;
  readonly stat: FileStat;
}

/**
 * Opens an ordinary file. A link is not followed, and what has a reader or writer at its other end,
 * such as a pipe, is refused instead of waited for: callers would stand still with it.
 * @param access the flags that matter here are added
 * @throws UnsafePathError for what is no ordinary file, and the errors of the file system
 */
export function openOrdinaryFile(
  disk: Disk,
  path: string,
  access: number = constants.O_RDONLY,
): OpenedFile {
  const fd = disk.open(path, access | constants.O_NOFOLLOW | constants.O_NONBLOCK, FILE_MODE);
  try {
    const stat = disk.stat(fd);
    if (stat.kind !== 'file') throw new UnsafePathError(`${path} is no ordinary file`);
    return { disk, fd, path, stat };
  } catch (error) {
    disk.close(fd);
    throw error;
  }
}

/**
 * @returns `undefined` when there is no such file.
 * @throws UnsafePathError for a link or what is no ordinary file.
 */
export function openToRead(disk: Disk, path: string): OpenedFile | undefined {
  try {
    return openOrdinaryFile(disk, path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw new UnsafePathError(`${path} is a link`);
    throw error;
  }
}

/** Fills `into`. @returns what the file has of it, less only at its end. */
export function readExactly({ disk, fd }: FileHandle, into: Buffer, position: number): Buffer {
  let got = 0;
  while (got < into.length) {
    const bytes = disk.read(fd, into.subarray(got), position + got);
    if (bytes === 0) break;
    got += bytes;
  }
  return into.subarray(0, got);
}

/** The bytes [position, position + length), fewer at the end of the file. */
export function readBytes(file: FileHandle, position: number, length: number): Buffer {
  return readExactly(file, Buffer.allocUnsafeSlow(length), position);
}

/** A short write is tried again: what is really wrong shows then. */
export function writeAll({ disk, fd }: FileHandle, data: Uint8Array, position: number): void {
  for (let done = 0; done < data.length; ) {
    const bytes = disk.write(fd, data.subarray(done), position + done);
    if (bytes === 0) throw new Error('the disk took no bytes');
    done += bytes;
  }
}
