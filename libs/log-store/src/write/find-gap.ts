import type { Disk } from '../disk/disk.ts';
import { readBytes } from '../disk/disk-io.ts';

/**
 * Behind the last sync of a file, or behind what was there when it was opened, lie no more bytes than
 * this: an append that makes it more syncs at once, see log-writer.ts.
 */
export const UNSYNCED_BYTES_MAX = 16 * 1024 * 1024;
/** One process may be killed and leave so many, the next append so many before its first sync. */
const LOOKED_THROUGH_BYTES = 2 * UNSYNCED_BYTES_MAX;
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
  let at = Math.max(range.start, range.end - LOOKED_THROUGH_BYTES);
  while (at < range.end) {
    const chunk = readBytes({ disk, fd }, at, Math.min(CHUNK_BYTES, range.end - at));
    const zero = chunk.indexOf(0);
    if (zero >= 0) return at + zero;
    if (chunk.length === 0) return undefined;
    at += chunk.length;
  }
  return undefined;
}
