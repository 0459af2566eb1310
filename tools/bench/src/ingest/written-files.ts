/** Watches log files grow to their last line, and counts them when they have. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LAST_LINE } from './line-files.ts';

const ENDING_BYTES = 16 * 1024;
const CHUNK_BYTES = 4 * 2 ** 20;
const POLL_MS = 5;
const NEWLINE = 0x0a;

/** Entries per file name; those that a product wrote about itself are left out. */
export type LineCounts = Readonly<Record<string, number>>;

/** Resolves when the end of the file holds the last line. @throws Error after `timeoutMs` */
export async function untilLastLine(path: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let seenBytes = -1;
  while (true) {
    const bytes = sizeOf(path);
    if (bytes !== seenBytes && endOf(path, bytes).includes(LAST_LINE)) return;
    seenBytes = bytes;
    if (performance.now() > deadline) throw new Error(`${path} has no last line (${bytes} bytes)`);
    await delay(POLL_MS);
  }
}

/** Lines of every `.log` file of these folders, those that contain `leftOut` not counted. */
export function countLines(dirs: readonly string[], leftOut?: string): LineCounts {
  const counts: Record<string, number> = {};
  for (const dir of dirs) {
    for (const name of readdirSync(dir).filter((file) => file.endsWith('.log'))) {
      counts[name] = (counts[name] ?? 0) + linesOf(join(dir, name), leftOut);
    }
  }
  return counts;
}

function linesOf(path: string, leftOut: string | undefined): number {
  const fd = openSync(path, 'r');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let lines = 0;
  let kept = 0;
  for (let got = readSync(fd, chunk, 0, chunk.length, null); got > 0; ) {
    const filled = kept + got;
    const whole = chunk.subarray(0, filled).lastIndexOf(NEWLINE) + 1;
    lines += occurrences(chunk.subarray(0, whole), '\n');
    if (leftOut !== undefined) lines -= occurrences(chunk.subarray(0, whole), leftOut);
    chunk.copy(chunk, 0, whole, filled);
    kept = filled - whole;
    got = readSync(fd, chunk, kept, chunk.length - kept, null);
  }
  closeSync(fd);
  return lines;
}

function occurrences(bytes: Buffer, text: string): number {
  let found = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) found++;
  return found;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function endOf(path: string, bytes: number): string {
  if (bytes === 0) return '';
  const fd = openSync(path, 'r');
  const end = Buffer.alloc(Math.min(bytes, ENDING_BYTES));
  const got = readSync(fd, end, 0, end.length, bytes - end.length);
  closeSync(fd);
  return end.toString('utf8', 0, got);
}
