import { parseEntry } from '@mcplog/log-entry';
import type { Disk } from '../disk/disk.ts';
import { readBytes } from '../disk/disk-io.ts';

const NEWLINE = 0x0a;
const WINDOW_BYTES = 64 * 1024;
const WINDOW_BYTES_MAX = 64 * 1024 * 1024;

/** What the end of a log file says. */
export interface Tail {
  /** The file up to here ends in a whole, valid line (or is empty). */
  readonly validBytes: number;
  /** The seq of that line, 0 without one. */
  readonly lastSeq: number;
  /** Absent when no valid line was found within {@link WINDOW_BYTES_MAX} of the end. */
  readonly found: boolean;
}

/**
 * Finds the last valid line by reading backwards from the end, in ordinary cases one read. A line
 * is valid when it ends in a newline and is an entry.
 */
export function readTail(disk: Disk, fd: number, bytes: number): Tail {
  for (let window = WINDOW_BYTES; ; window *= 8) {
    const start = Math.max(0, bytes - window);
    const buffer = readBytes({ disk, fd }, start, bytes - start);
    const tail = lastValidLine(buffer, start === 0);
    if (tail !== undefined) return { ...tail, validBytes: start + tail.validBytes, found: true };
    if (start === 0) return { validBytes: 0, lastSeq: 0, found: true };
    if (window >= WINDOW_BYTES_MAX) return { validBytes: 0, lastSeq: 0, found: false };
  }
}

function lastValidLine(
  buffer: Buffer,
  startsAtLine: boolean,
): { validBytes: number; lastSeq: number } | undefined {
  let end = buffer.lastIndexOf(NEWLINE);
  while (end >= 0) {
    const previous = end === 0 ? -1 : buffer.lastIndexOf(NEWLINE, end - 1);
    if (previous < 0 && !startsAtLine) return undefined;
    const entry = parseEntry(buffer.toString('utf8', previous + 1, end));
    if (entry !== undefined) return { validBytes: end + 1, lastSeq: entry.metadata.seq };
    end = previous;
  }
  return undefined;
}
