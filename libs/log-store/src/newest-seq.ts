/** How far a log has come in the files that are not its active one. */
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { systemCode } from './errors.ts';
import { readAll, readTail } from './read-tail.ts';
import { decodeMemberHeader, MEMBER_HEADER_BYTES } from './segment/gzip-member.ts';
import { decodeIndexHeader, INDEX_HEADER_BYTES } from './segment/index-header.ts';
import { type ListedSegment, listSegments } from './segment/list-segments.ts';
import { INDEX_DIRECTORY, indexFileOf, plainFileOf, sealedFileOf } from './segment/segment-name.ts';

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The last seq of the newest rotated or sealed file that has one, 0 for none.
 *
 * Files set aside do not count: what they hold after their last confirmed sync may not be on the
 * disk, so it must be written again; readers show such lines once.
 */
export function newestRotatedSeq(disk: Disk, directory: string, log: string): number {
  for (const segment of rotatedSegments(disk, directory, log).reverse()) {
    const seq = lastSeqOf(disk, directory, segment);
    if (seq > 0) return seq;
  }
  return 0;
}

/** The rotated and sealed files of a log in order, without those set aside. */
export function rotatedSegments(disk: Disk, directory: string, log: string): ListedSegment[] {
  return listSegments(disk, directory, log).filter(({ name }) => name.suspect === undefined);
}

function lastSeqOf(disk: Disk, directory: string, { name, hasPlain }: ListedSegment): number {
  if (hasPlain) return read(disk, join(directory, plainFileOf(name)), plainLastSeq);
  const index = read(disk, join(directory, INDEX_DIRECTORY, indexFileOf(name)), indexLastSeq);
  return index > 0 ? index : read(disk, join(directory, sealedFileOf(name)), membersLastSeq);
}

function plainLastSeq(disk: Disk, fd: number, bytes: number): number {
  return readTail(disk, fd, bytes).lastSeq;
}

function indexLastSeq(disk: Disk, fd: number): number {
  const header = readAll(disk, fd, { start: 0, end: INDEX_HEADER_BYTES });
  return decodeIndexHeader(header)?.lastSeq ?? 0;
}

/** Each member's header says where the next one begins. */
function membersLastSeq(disk: Disk, fd: number, bytes: number): number {
  let last = 0;
  for (let start = 0; start < bytes; ) {
    const end = start + MEMBER_HEADER_BYTES;
    const header = decodeMemberHeader(readAll(disk, fd, { start, end }));
    if (header === undefined) break;
    last = Math.max(last, header.lastSeq);
    start += header.storedBytes;
  }
  return last;
}

type ReadSeq = (disk: Disk, fd: number, bytes: number) => number;

function read(disk: Disk, path: string, readSeq: ReadSeq): number {
  let fd: number;
  try {
    fd = disk.open(path, READ_FLAGS);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw error;
  }
  try {
    return readSeq(disk, fd, disk.stat(fd).bytes);
  } finally {
    disk.close(fd);
  }
}
