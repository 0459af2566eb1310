/** What lies below `parked/` of one log, and which of its lines are still to be brought back. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { seqOfLine } from '@mcplog/log-entry';
import type { AppendedRange } from '@mcplog/log-store/writer';

const NEWLINE = 0x0a;

/** The parked file and those set aside before it, in the order of their lines. */
export function parkedFilesOf(path: string): string[] {
  const isSetAside = (name: string) => name.startsWith(`${basename(path)}.suspect-`);
  const names = namesIn(dirname(path));
  const active = names.filter((name) => name === basename(path));
  return [...names.filter(isSetAside).sort(), ...active].map((name) => join(dirname(path), name));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * The whole lines of a parked file from the first above a seq on; lines rise by seq.
 *
 * Nothing behind a zero byte, which no line has: there a page is missing that was never confirmed, and
 * lines behind it would make the missing ones, which come again, look like repetitions.
 */
export function linesAbove(
  path: string,
  lastSeq: number,
): { readonly lines: Buffer; readonly range: AppendedRange } | undefined {
  const all = readFileSync(path);
  const gap = all.indexOf(0);
  const bytes = gap < 0 ? all : all.subarray(0, gap);
  let start = 0;
  let from: number | undefined;
  let [firstSeq, last, count] = [0, 0, 0];
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    const seq = seqOfLine(bytes.toString('utf8', start, end)) ?? 0;
    if (seq > lastSeq) {
      from ??= start;
      firstSeq ||= seq;
      last = seq;
      count++;
    }
    start = end + 1;
  }
  if (from === undefined) return undefined;
  return { lines: bytes.subarray(from, start), range: { firstSeq, lastSeq: last, count } };
}
