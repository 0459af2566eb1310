/**
 * A disk for readers that reads around what the device cannot give: one bad sector must not hide the
 * rest. A page that fails with EIO comes as zeros between two newlines, which no check takes for what
 * was written: a block or an index with it is damaged, and of a plain file the lines it cuts are.
 */

import { systemCode } from '../errors.ts';
import type { Disk } from './disk.ts';

const PAGE_BYTES = 4096;
const NEWLINE = 0x0a;
/** No line begins with it, so where it stands a page was left out, or lost before. */
const LEFT_OUT = Buffer.from([NEWLINE, 0]);

export function sparingDisk(disk: Disk): Disk {
  return {
    // Named one by one: a disk may be of a class, whose methods a spread leaves behind.
    open: (path, flags, mode) => disk.open(path, flags, mode),
    close: (fd) => disk.close(fd),
    write: (fd, data, position) => disk.write(fd, data, position),
    truncate: (fd, bytes) => disk.truncate(fd, bytes),
    stat: (fd) => disk.stat(fd),
    lstat: (path) => disk.lstat(path),
    fdatasync: (fd) => disk.fdatasync(fd),
    fsync: (fd) => disk.fsync(fd),
    fsyncNow: (fd) => disk.fsyncNow(fd),
    rename: (from, to) => disk.rename(from, to),
    unlink: (path) => disk.unlink(path),
    rmdir: (path) => disk.rmdir(path),
    mkdir: (path, mode) => disk.mkdir(path, mode),
    readdir: (path) => disk.readdir(path),
    read: (fd, into, position) => readSpared((part, at) => disk.read(fd, part, at), into, position),
    async readLater(fd, into, position) {
      try {
        return await disk.readLater(fd, into, position);
      } catch (error) {
        if (systemCode(error) !== 'EIO') throw error;
        return readPages((part, at) => disk.read(fd, part, at), into, position);
      }
    },
  };
}

type Read = (into: Uint8Array, position: number) => number;

/** @returns the bytes read, 0 at the end of the file. @throws what is no EIO. */
export function readSpared(read: Read, into: Uint8Array, position: number): number {
  try {
    return read(into, position);
  } catch (error) {
    if (systemCode(error) !== 'EIO') throw error;
    return readPages(read, into, position);
  }
}

/** True when the text has a page that could not be read: it may be readable again later. */
export function hasLeftOut(text: Buffer): boolean {
  return text.includes(LEFT_OUT);
}

function readPages(read: Read, into: Uint8Array, position: number): number {
  let got = 0;
  while (got < into.length) {
    const at = position + got;
    const part = into.subarray(got, got + PAGE_BYTES - (at % PAGE_BYTES));
    const bytes = readPage(read, part, at);
    if (bytes === 0) break;
    got += bytes;
  }
  return got;
}

function readPage(read: Read, page: Uint8Array, position: number): number {
  try {
    return read(page, position);
  } catch (error) {
    if (systemCode(error) !== 'EIO') throw error;
    page.fill(0);
    page[0] = NEWLINE;
    page[page.length - 1] = NEWLINE;
    return page.length;
  }
}
