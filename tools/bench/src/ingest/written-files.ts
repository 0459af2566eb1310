/** Watches log files grow to their last line, and counts them when they have. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LAST_LINE } from './line-files.ts';

const ENDING_BYTES = 16 * 1024;
const CHUNK_BYTES = 4 * 2 ** 20;
const POLL_MS = 5;
const STILL_MS = 250;
const NEWLINE = 0x0a;

/** Lines per file name; entries that a product wrote about itself are left out. */
export type LineCounts = Readonly<Record<string, number>>;

export interface Waiting {
  /** In all. */
  readonly timeoutMs: number;
  /** Asked now and then while the file does not grow: throws when nothing more will come. */
  readonly lookWhenStill?: () => void;
}

/** Resolves when the end of the file holds the last line. @throws Error after `timeoutMs` */
export async function untilLastLine(
  path: string,
  { timeoutMs, lookWhenStill = () => undefined }: Waiting,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let seenBytes = -1;
  let lookAt = performance.now() + STILL_MS;
  while (true) {
    const bytes = sizeOf(path);
    if (bytes !== seenBytes && endOf(path).includes(LAST_LINE)) return;
    const now = performance.now();
    if (bytes !== seenBytes) lookAt = now + STILL_MS;
    seenBytes = bytes;
    if (now > deadline) throw new Error(`${path} has no last line (${bytes} bytes)`);
    if (now > lookAt) {
      lookWhenStill();
      lookAt = now + STILL_MS;
    }
    await delay(POLL_MS);
  }
}

/**
 * What stands in every `.log` file of these folders, entries that contain `leftOut` not counted. An
 * entry that our product made of several lines counts as so many.
 */
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
    lines += joinedLines(chunk.subarray(0, whole));
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

/** Of entries that were made of several lines: those beyond the first. */
function joinedLines(bytes: Buffer): number {
  const name = '"lines":';
  let more = 0;
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + name.length)) {
    const digits = bytes.toString('latin1', at + name.length, at + name.length + 8);
    more += Number.parseInt(digits, 10) - 1;
  }
  return more;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last 16 KiB; empty when there is no such file. */
export function endOf(path: string): string {
  const bytes = sizeOf(path);
  if (bytes === 0) return '';
  const fd = openSync(path, 'r');
  const end = Buffer.alloc(Math.min(bytes, ENDING_BYTES));
  const got = readSync(fd, end, 0, end.length, bytes - end.length);
  closeSync(fd);
  return end.toString('utf8', 0, got);
}
