import type { Disk } from '../disk/disk.ts';
import { readBytes } from '../disk/disk-io.ts';

/**
 * Behind the last sync lie no more bytes than this: log-writer syncs at 4 MiB, and what comes while
 * that sync runs waits for the next.
 */
const UNSYNCED_BYTES_MAX = 16 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Where pages are missing: a power cut may leave later pages of a file and not earlier ones, which
 * then read as zeros. Lines never hold a zero byte.
 * @param range of a file; only its end is looked at
 * @returns the offset of the first zero, `undefined` when there is none
 */
export function findGap(
  disk: Disk,
  fd: number,
  range: { readonly start: number; readonly end: number },
): number | undefined {
  let at = Math.max(range.start, range.end - UNSYNCED_BYTES_MAX);
  while (at < range.end) {
    const chunk = readBytes({ disk, fd }, at, Math.min(CHUNK_BYTES, range.end - at));
    const zero = chunk.indexOf(0);
    if (zero >= 0) return at + zero;
    if (chunk.length === 0) return undefined;
    at += chunk.length;
  }
  return undefined;
}
