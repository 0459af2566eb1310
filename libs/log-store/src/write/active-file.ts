/** One log file that is being appended to: recovery at open, whole lines only, exact offsets. */
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { seqOfLine } from '@mcplog/log-entry';
import { type Disk, letGo } from '../disk/disk.ts';
import { writeAll } from '../disk/disk-io.ts';
import { freePath } from '../disk/free-path.ts';
import {
  FILE_MODE,
  type LogTarget,
  makeDirectories,
  nameOf,
  QUARANTINE,
  stepsOf,
} from '../disk/path.ts';
import {
  asError,
  DiskError,
  DiskFullError,
  ForeignWriteError,
  MovedAwayError,
  OutOfOrderError,
  systemCode,
  UnsafePathError,
} from '../errors.ts';
import type { RunningHash } from './file-heads.ts';
import { findGap, UNSYNCED_BYTES_MAX } from './find-gap.ts';
import type { Finding } from './finding.ts';
import { readTail } from './read-tail.ts';
import { timestampName } from './timestamp-name.ts';

const NEWLINE = 0x0a;
const COPY_BYTES = 1024 * 1024;
const APPEND_FLAGS =
  constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What recovery and appending need of the writer around them. */
export interface WriterRoom {
  readonly disk: Disk;
  readonly root: string;
  readonly now: () => number;
  /** Told of directories that need an fsync before their new members are certain. */
  readonly onDirectoryChanged: (directory: string) => void;
  /**
   * Told of every file that is opened: an earlier process may have made it, or a directory on its way
   * from the root, and died before its names were synced.
   */
  readonly onFound: (path: string) => void;
  readonly onFinding: (finding: Finding) => void;
}

export interface ActiveFile {
  readonly target: LogTarget;
  readonly path: string;
  readonly fd: number;
  /** Whole lines, as far as we wrote them. */
  bytes: number;
  lastSeq: number;
  /** The last seq that an fdatasync has confirmed, and the bytes up to it. */
  syncedSeq: number;
  syncedBytes: number;
  /** Where our unsynced bytes begin: at what was looked through when it was opened, or synced since. */
  soundBytes: number;
  /** Over `bytes`, when heads are kept and the file's beginning has been read. */
  hash?: RunningHash;
  /** Its owner has been told that it is full. */
  isFull: boolean;
}

/**
 * Opens or creates the target's file and makes its end whole again.
 *
 * Never refuses because of damage: a torn end goes to quarantine, a file whose end cannot be read or
 * mended or that lacks pages is set aside under a name that readers know. Nothing in such a file
 * counts as written: its unsynced lines may be in the page cache alone, and lines behind missing
 * pages would make the missing ones look like repetitions. No descriptor stays open after an error.
 * @param knownBytes of the file's beginning, which we wrote and synced ourselves
 */
export function openActiveFile(
  room: WriterRoom,
  target: LogTarget,
  knownBytes: number,
): ActiveFile {
  const { disk, root } = room;
  const steps = stepsOf(target);
  for (const changed of makeDirectories(disk, root, steps)) room.onDirectoryChanged(changed);
  const path = join(root, ...steps, nameOf(target));
  // What an earlier process left may still be in the page cache alone.
  const none = { bytes: 0, syncedBytes: 0, soundBytes: 0 };
  const empty = { ...none, lastSeq: 0, syncedSeq: 0, isFull: false };
  const file: ActiveFile = { target, path, fd: openFile(room, path), ...empty };
  try {
    mendEnd(room, file, knownBytes);
    file.soundBytes = file.bytes;
    room.onFound(path);
    return file;
  } catch (error) {
    setAsideOrClose(room, file, asError(error));
    return { ...file, ...empty, fd: openFile(room, path) };
  }
}

/** @throws when the file cannot be gone on with */
function mendEnd(room: WriterRoom, file: ActiveFile, knownBytes: number): void {
  const { disk } = room;
  const { fd } = file;
  const { bytes } = disk.stat(fd);
  const tail = readTail(disk, fd, bytes);
  file.bytes = bytes;
  file.lastSeq = tail.lastSeq;
  if (!tail.found) throw new Error('no valid line near the end');
  const start = knownBytes <= bytes ? knownBytes : 0;
  const gap = findGap(disk, fd, { start, end: tail.validBytes });
  if (gap !== undefined) throw new Error(`pages are missing at byte ${gap}`);
  if (tail.validBytes < bytes) cutTail(room, file, tail.validBytes);
}

/** Opening is tried again and again: what it leaves open each time would add up. */
function setAsideOrClose(room: WriterRoom, file: ActiveFile, error: Error): void {
  try {
    setAside(room, file, error);
  } catch (problem) {
    letGo(room.disk, file.fd);
    throw problem;
  }
}

function openFile({ disk, onDirectoryChanged }: WriterRoom, path: string): number {
  const found = disk.lstat(path);
  if (found !== undefined && found.kind !== 'file') {
    throw new UnsafePathError(`${path} is no ordinary file`);
  }
  if (found !== undefined) return disk.open(path, APPEND_FLAGS);
  const fd = disk.open(path, APPEND_FLAGS | constants.O_CREAT, FILE_MODE);
  onDirectoryChanged(dirname(path));
  return fd;
}

/** Moves what follows the last valid line into the quarantine, then shortens the file. */
function cutTail(room: WriterRoom, file: ActiveFile, keptBytes: number): void {
  const { disk } = room;
  const cutBytes = file.bytes - keptBytes;
  const quarantinePath = copyToQuarantine(room, file, keptBytes);
  disk.truncate(file.fd, keptBytes);
  file.bytes = keptBytes;
  const { target, path, lastSeq } = file;
  room.onFinding({ kind: 'torn-tail', target, path, keptBytes, cutBytes, quarantinePath, lastSeq });
}

function copyToQuarantine(room: WriterRoom, file: ActiveFile, from: number): string {
  const { disk, root, now } = room;
  const steps = [QUARANTINE, ...stepsOf(file.target)];
  for (const changed of makeDirectories(disk, root, steps)) room.onDirectoryChanged(changed);
  const directory = join(root, ...steps);
  const path = freePath(
    disk,
    join(directory, `${nameOf(file.target)}.${timestampName(now())}.torn`),
  );
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const copy = disk.open(path, flags, FILE_MODE);
  try {
    for (let at = from; at < file.bytes; ) {
      const part = Buffer.allocUnsafe(Math.min(COPY_BYTES, file.bytes - at));
      const got = disk.read(file.fd, part, at);
      if (got === 0) break;
      writeAll({ disk, fd: copy }, part.subarray(0, got), at - from);
      at += got;
    }
    disk.fsyncNow(copy);
  } finally {
    disk.close(copy);
  }
  room.onDirectoryChanged(directory);
  return path;
}

/**
 * Renames the file, closed from then on, to `<name>.suspect-<time>`, which readers place before the file
 * that follows. Nothing in it after `syncedSeq` counts as written.
 */
export function setAside(room: WriterRoom, file: ActiveFile, error: Error): void {
  const { disk } = room;
  if (!isAtItsPath(disk, file)) {
    letGo(disk, file.fd);
    const { target, path, syncedSeq: lastSeq } = file;
    room.onFinding({ kind: 'moved-away', target, path, lastSeq, error });
    return;
  }
  const movedTo = freePath(disk, `${file.path}.suspect-${timestampName(room.now())}`);
  disk.rename(file.path, movedTo);
  letGo(disk, file.fd);
  room.onDirectoryChanged(dirname(file.path));
  const { target, path, syncedSeq: lastSeq } = file;
  room.onFinding({ kind: 'set-aside', target, path, movedTo, lastSeq, error });
}

/** False when somebody renamed or deleted the file while we had it open. */
export function isAtItsPath(disk: Disk, { path, fd }: ActiveFile): boolean {
  return disk.lstat(path)?.identity === disk.stat(fd).identity;
}

/** @throws ForeignWriteError, MovedAwayError when somebody else had a hand in the file. */
export function assertOurs(disk: Disk, file: ActiveFile): void {
  const actual = disk.stat(file.fd).bytes;
  if (actual !== file.bytes) throw new ForeignWriteError(file.path, file.bytes, actual);
  if (!isAtItsPath(disk, file)) throw new MovedAwayError(file.path);
}

/** The seqs of lines handed over together. */
export interface AppendedRange {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly count: number;
}

/**
 * Appends whole lines.
 * @throws DiskFullError, DiskError after the file has been cut back to its last whole line.
 */
export function appendLines(
  room: WriterRoom,
  file: ActiveFile,
  { lines, range }: { readonly lines: Buffer; readonly range: AppendedRange },
): void {
  if (lines.at(-1) !== NEWLINE) throw new RangeError('lines must end in a newline');
  if (range.firstSeq <= file.lastSeq) {
    throw new OutOfOrderError(file.path, range.firstSeq, file.lastSeq);
  }
  let written = 0;
  try {
    while (written < lines.length) {
      const bytes = room.disk.write(file.fd, lines.subarray(written), file.bytes + written);
      if (bytes === 0) throw new Error('the disk took no bytes');
      written += bytes;
    }
  } catch (error) {
    keepWholeLines(room, file, lines.subarray(0, written));
    throw typed(error, file);
  }
  file.hash?.add(lines, file.bytes);
  file.bytes += lines.length;
  file.lastSeq = range.lastSeq;
}

/**
 * Blocks for one sync when more would lie unsynced than the next start looks through. The lines still
 * wait for a commit: what one that runs meanwhile meets, this sync is not told.
 * @throws DiskError when the sync failed, after `onFailure`
 */
export function boundUnsynced(
  { disk }: WriterRoom,
  file: ActiveFile,
  onFailure: (error: DiskError) => void,
): void {
  if (file.bytes - file.soundBytes <= UNSYNCED_BYTES_MAX) return;
  try {
    disk.fsyncNow(file.fd);
    file.soundBytes = file.bytes;
  } catch (cause) {
    const error = new DiskError(file.path, 'make durable', cause);
    onFailure(error);
    throw error;
  }
}

/** Cuts a partly written line off again, so that the next one starts where a line must. */
function keepWholeLines({ disk }: WriterRoom, file: ActiveFile, written: Buffer): void {
  const kept = written.lastIndexOf(NEWLINE) + 1;
  try {
    disk.truncate(file.fd, file.bytes + kept);
  } catch (error) {
    throw new DiskError(file.path, 'cut a torn line off', error);
  }
  if (kept === 0) return;
  const lineStart = kept < 2 ? 0 : written.lastIndexOf(NEWLINE, kept - 2) + 1;
  file.hash?.add(written.subarray(0, kept), file.bytes);
  file.bytes += kept;
  file.lastSeq = seqOfLine(written.toString('utf8', lineStart, kept)) ?? file.lastSeq;
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function typed(error: unknown, { path, lastSeq }: ActiveFile): DiskFullError | DiskError {
  return FULL.has(systemCode(error) ?? '')
    ? new DiskFullError(path, lastSeq, error)
    : new DiskError(path, 'append to', error);
}
