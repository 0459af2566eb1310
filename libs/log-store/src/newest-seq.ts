/** How far a log has come in the files that are not its active one. */
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { type OpenedFile, openToRead, readBytes } from './disk-io.ts';
import { readTail } from './read-tail.ts';
import { decodeMemberHeader, MEMBER_HEADER_BYTES } from './segment/gzip-member.ts';
import { decodeIndexHeader, INDEX_HEADER_BYTES } from './segment/index-header.ts';
import { type ListedSegment, listSegments } from './segment/list-segments.ts';
import { INDEX_DIRECTORY, indexFileOf, plainFileOf, sealedFileOf } from './segment/segment-name.ts';

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

function plainLastSeq({ disk, fd, stat }: OpenedFile): number {
  return readTail(disk, fd, stat.bytes).lastSeq;
}

function indexLastSeq(file: OpenedFile): number {
  return decodeIndexHeader(readBytes(file, 0, INDEX_HEADER_BYTES))?.lastSeq ?? 0;
}

/** Each member's header says where the next one begins. */
function membersLastSeq(file: OpenedFile): number {
  let last = 0;
  for (let start = 0; start < file.stat.bytes; ) {
    const header = decodeMemberHeader(readBytes(file, start, MEMBER_HEADER_BYTES));
    if (header === undefined) break;
    last = Math.max(last, header.lastSeq);
    start += header.storedBytes;
  }
  return last;
}

function read(disk: Disk, path: string, readSeq: (file: OpenedFile) => number): number {
  const file = openToRead(disk, path);
  if (file === undefined) return 0;
  try {
    return readSeq(file);
  } finally {
    disk.close(file.fd);
  }
}
