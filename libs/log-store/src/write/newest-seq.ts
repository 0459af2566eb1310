/** How far a log has come in the files that are not its active one. */
import { join } from 'node:path';
import { type Disk, letGo } from '../disk/disk.ts';
import { type OpenedFile, openToRead, readBytes } from '../disk/disk-io.ts';
import { type LogTarget, logOf, stepsOf } from '../disk/path.ts';
import { asError, systemCode, UnsafePathError } from '../errors.ts';
import { decodeMemberHeader, MEMBER_HEADER_BYTES } from '../segment/gzip-member.ts';
import { decodeIndexHeader, INDEX_HEADER_BYTES } from '../segment/index-header.ts';
import { type ListedSegment, listSegments } from '../segment/list-segments.ts';
import {
  INDEX_DIRECTORY,
  indexFileOf,
  plainFileOf,
  sealedFileOf,
} from '../segment/segment-name.ts';
import type { WriterRoom } from './active-file.ts';
import { readTail } from './read-tail.ts';

/**
 * The last seq of the newest rotated or sealed file that has one, 0 for none.
 *
 * Files set aside do not count: what they hold after their last confirmed sync may not be on the
 * disk, so it must be written again; readers show such lines once. A file that cannot be read is
 * told of and passed over: what it held and the bus did not hear of is written once more, which is
 * better than nothing being written at all.
 */
export function newestRotatedSeq(room: WriterRoom, target: LogTarget): number {
  const { disk, root } = room;
  const directory = join(root, ...stepsOf(target));
  const passed: { readonly path: string; readonly error: Error }[] = [];
  let lastSeq = 0;
  for (const segment of rotatedSegments(disk, directory, logOf(target)).reverse()) {
    const read = firstReadable(waysToSeq(disk, directory, segment));
    passed.push(...read.failed);
    lastSeq = read.seq;
    if (lastSeq > 0) break;
  }
  for (const { path, error } of passed) {
    room.onFinding({ kind: 'unreadable', target, path, lastSeq, error });
  }
  return lastSeq;
}

/** The rotated and sealed files of a log in order, without those set aside. */
export function rotatedSegments(disk: Disk, directory: string, log: string): ListedSegment[] {
  return listSegments(disk, directory, log).filter(({ name }) => name.suspect === undefined);
}

/** A file that may tell the last seq of a segment. */
interface WayToSeq {
  readonly path: string;
  readonly read: () => number;
}

/** With a sealed file beside it a plain one may be a broken-off copy: the sealed one is asked first. */
function waysToSeq(disk: Disk, directory: string, segment: ListedSegment): WayToSeq[] {
  const { name, hasPlain, hasSealed } = segment;
  const way = (path: string, readSeq: (file: OpenedFile) => number): WayToSeq => {
    return { path, read: () => read(disk, path, readSeq) };
  };
  const index = join(directory, INDEX_DIRECTORY, indexFileOf(name));
  const sealed = [
    way(index, indexLastSeq),
    way(join(directory, sealedFileOf(name)), membersLastSeq),
  ];
  const plain = way(join(directory, plainFileOf(name)), plainLastSeq);
  return [...(hasSealed ? sealed : []), ...(hasPlain || !hasSealed ? [plain] : [])];
}

/** Tried once more: a device may stumble once. */
const TRIES = 2;

function firstReadable(ways: readonly WayToSeq[]) {
  const failed: { readonly path: string; readonly error: Error }[] = [];
  for (const { path, read: readSeq } of ways) {
    for (let tried = 1; tried <= TRIES; tried++) {
      try {
        const seq = readSeq();
        if (seq > 0) return { seq, failed };
        break;
      } catch (error) {
        if (!isOfThisFile(error)) throw error;
        if (tried === TRIES) failed.push({ path, error: asError(error) });
      }
    }
  }
  return { seq: 0, failed };
}

/** Whatever else is wrong, such as too many open files, passes and is no reason to guess. */
function isOfThisFile(error: unknown): boolean {
  if (error instanceof UnsafePathError) return true;
  return ['EIO', 'EACCES', 'EPERM', 'EUCLEAN'].includes(systemCode(error) ?? '');
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
    letGo(disk, file.fd);
  }
}
