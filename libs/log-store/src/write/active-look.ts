/** What can be said of an active file without opening it for writing. */
import { parseEntry } from '@mcplog/log-entry';
import type { Disk } from '../disk/disk.ts';
import { openToRead, readBytes } from '../disk/disk-io.ts';
import { systemCode } from '../errors.ts';
import type { ActiveLook } from './writer-types.ts';

/** Lines begin `{"timestamp":"2025-07-13T15:30:00.000Z"`, see FORMAT.md. */
const TIMESTAMP_AT_START = /^\{"timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"/;
/** A first line that is no entry is passed over as far as this. */
const LOOK_BYTES = 64 * 1024;

/** @returns `undefined` when there is no such file or nothing in it. */
export function lookAtActive(disk: Disk, path: string): ActiveLook | undefined {
  const file = openToRead(disk, path);
  if (file === undefined) return undefined;
  const { fd, stat } = file;
  try {
    const { bytes } = stat;
    if (bytes === 0) return undefined;
    const firstMs = firstTimestamp(disk, fd);
    return firstMs === undefined ? { bytes } : { bytes, firstMs };
  } finally {
    disk.close(fd);
  }
}

/**
 * Of the first line that says one, milliseconds since 1970; unknown when the disk does not give it
 * back: a file must be rotated all the same.
 */
export function firstTimestamp(disk: Disk, fd: number): number | undefined {
  const start = beginningOf(disk, fd);
  for (const line of start.split('\n')) {
    const text = TIMESTAMP_AT_START.exec(line)?.[1] ?? parseEntry(line)?.timestamp;
    const ms = text === undefined ? Number.NaN : Date.parse(text);
    if (!Number.isNaN(ms)) return ms;
  }
  return undefined;
}

function beginningOf(disk: Disk, fd: number): string {
  try {
    return readBytes({ disk, fd }, 0, LOOK_BYTES).toString('utf8');
  } catch (error) {
    if (systemCode(error) === 'EIO') return '';
    throw error;
  }
}
