/** Small files that are whole or absent, whatever moment the machine stops. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Disk } from '@mcplog/log-store/check';
import { openOrdinaryFile, readBytes, writeAll } from '@mcplog/log-store/disk';

const DIRECTORY_MODE = 0o700;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;

/** Makes the directory and what is missing above it, durably. */
export function makeDirectory(disk: Disk, path: string): void {
  const found = disk.lstat(path);
  if (found?.kind === 'directory') return;
  if (found !== undefined) throw new Error(`${path} is no directory of its own`);
  makeDirectory(disk, dirname(path));
  disk.mkdir(path, DIRECTORY_MODE);
  syncDirectory(disk, dirname(path));
}

/** Replaces the file in one step: readers see the old bytes or the new ones. */
export function writeFileDurably(disk: Disk, path: string, data: Uint8Array): void {
  const part = `${path}.part`;
  const { fd } = openOrdinaryFile(disk, part, NEW_FILE);
  try {
    writeAll({ disk, fd }, data, 0);
    disk.fsyncNow(fd);
  } finally {
    disk.close(fd);
  }
  disk.rename(part, path);
  syncDirectory(disk, dirname(path));
}

/** The whole file; `undefined` when there is none, or something that is no ordinary file. */
export function readWholeFile(disk: Disk, path: string): Buffer | undefined {
  if (disk.lstat(path)?.kind !== 'file') return undefined;
  const { fd, stat } = openOrdinaryFile(disk, path);
  try {
    return readBytes({ disk, fd }, 0, stat.bytes);
  } finally {
    disk.close(fd);
  }
}

/**
 * Overwrites, syncs and unlinks a secret. What the file system or the drive copied elsewhere
 * (journals, snapshots, worn cells) is out of our reach.
 */
export function eraseFile(disk: Disk, path: string): void {
  const { fd, stat } = openOrdinaryFile(disk, path, constants.O_WRONLY);
  try {
    writeAll({ disk, fd }, randomBytes(stat.bytes), 0);
    disk.fsyncNow(fd);
  } finally {
    disk.close(fd);
  }
  disk.unlink(path);
  syncDirectory(disk, dirname(path));
}

export function syncDirectory(disk: Disk, path: string): void {
  const fd = disk.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    disk.fsyncNow(fd);
  } finally {
    disk.close(fd);
  }
}
