/** Keeps what is damaged where nobody reads it by mistake and nobody loses it. */
import { constants } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { type OpenedFile, openToRead, readBytes, writeAll } from '../disk/disk-io.ts';
import { freePath } from '../disk/free-path.ts';
import { FILE_MODE, makeDirectories, QUARANTINE } from '../disk/path.ts';
import { systemCode } from '../errors.ts';
import { timestampName } from '../write/timestamp-name.ts';
import { syncDirectory } from './durable-file.ts';
import { inflateMember } from './gzip-member.ts';
import { plainFileOf, type SegmentName } from './segment-name.ts';
import { segmentPaths } from './segment-paths.ts';
import { walkMembers } from './walk-members.ts';

const COPY_BYTES = 1024 * 1024;

/** Where a directory of logs stands, and what the time is. */
export interface QuarantineRoom {
  readonly disk: Disk;
  /** The log directory. */
  readonly root: string;
  /** The directory of the file as steps below it. */
  readonly steps: readonly string[];
  /** Milliseconds since 1970, for the name. */
  readonly now?: () => number;
}

/**
 * Moves a sealed file of which not one block can be read to `quarantine/`, with its index.
 * @returns its new path; `undefined` when it is not there, a block of it is sound, or the device does
 *   not give all of it and may do so later: then it stays.
 * @throws UnsafePathError, the system's errors; the file is in one of the two places.
 */
export async function quarantineIfLost(
  room: QuarantineRoom,
  name: SegmentName,
): Promise<string | undefined> {
  const { disk, root, steps } = room;
  const directory = join(root, ...steps);
  const paths = segmentPaths(directory, name);
  const sealed = openToRead(disk, paths.sealed);
  if (sealed === undefined) return undefined;
  try {
    if (mayHaveSoundBlock(sealed)) return undefined;
  } finally {
    disk.close(sealed.fd);
  }
  const path = await placeFor(room, paths.sealed);
  // The index first: alone it means nothing, while a segment without blocks would be reported again.
  if (disk.lstat(paths.index) !== undefined) {
    disk.rename(paths.index, await placeFor(room, paths.index));
    await syncDirectory(disk, dirname(paths.index));
  }
  disk.rename(paths.sealed, path);
  await syncDirectory(disk, directory);
  await syncDirectory(disk, dirname(path));
  return path;
}

function mayHaveSoundBlock(sealed: OpenedFile): boolean {
  try {
    for (const stretch of walkMembers(sealed, sealed.stat.bytes)) {
      if (stretch.kind === 'gap') continue;
      const member = readBytes(sealed, stretch.offset, stretch.header.storedBytes);
      if (inflateMember(member) !== undefined) return true;
    }
    return false;
  } catch (error) {
    if (systemCode(error) !== 'EIO') throw error;
    return true;
  }
}

/** What follows the name of a file that lies in quarantine. */
const QUARANTINED = /^\.(gz\.)?\d{8}T\d{9}Z\./;

/** Files in quarantine that were the segment's once: they may have blocks that it has lost. */
export function copiesInQuarantine(
  { disk, root, steps }: QuarantineRoom,
  name: SegmentName,
): string[] {
  const directory = join(root, QUARANTINE, ...steps);
  if (disk.lstat(directory)?.kind !== 'directory') return [];
  const plain = plainFileOf(name);
  const isOfSegment = (file: string) =>
    file.startsWith(plain) && QUARANTINED.test(file.slice(plain.length));
  return disk
    .readdir(directory)
    .filter(isOfSegment)
    .sort()
    .map((file) => join(directory, file))
    .filter((path) => disk.lstat(path)?.kind === 'file');
}

/** Copies a damaged file that is about to be replaced to `quarantine/`, durably. */
export async function copyToQuarantine(room: QuarantineRoom, file: OpenedFile): Promise<string> {
  const { disk } = room;
  const path = await placeFor(room, file.path);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = disk.open(path, flags, FILE_MODE);
  try {
    for (let at = 0; at < file.stat.bytes; ) {
      const part = readBytes(file, at, Math.min(COPY_BYTES, file.stat.bytes - at));
      if (part.length === 0) break;
      writeAll({ disk, fd }, part, at);
      at += part.length;
    }
    await disk.fsync(fd);
  } finally {
    disk.close(fd);
  }
  await syncDirectory(disk, dirname(path));
  return path;
}

/** A name that is free in the quarantine; makes the directories it needs. */
async function placeFor({ disk, root, steps, now = Date.now }: QuarantineRoom, file: string) {
  const below = [QUARANTINE, ...steps];
  for (const changed of makeDirectories(disk, root, below)) await syncDirectory(disk, changed);
  return freePath(disk, join(root, ...below, `${basename(file)}.${timestampName(now())}.damaged`));
}
