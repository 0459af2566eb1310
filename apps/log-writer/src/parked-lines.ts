/** What lies below `parked/` of one log, and which of its lines are still to be brought back. */
import { basename, dirname, join, relative, sep } from 'node:path';
import { seqOfLine } from '@mcplog/log-entry';
import {
  type AppendedRange,
  type Disk,
  directoriesExist,
  type OpenedFile,
  openToRead,
  readBytes,
} from '@mcplog/log-store/writer';

const NEWLINE = 0x0a;
/** Lines brought back at once, some milliseconds of work. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** A longer line is no entry of ours. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * The parked file and those set aside before it, in the order of their lines.
 * @throws UnsafePathError when a directory on the way is a link: it might lead to another's lines
 */
export function parkedFilesOf(
  { disk, root }: { readonly disk: Disk; readonly root: string },
  path: string,
): string[] {
  const directory = dirname(path);
  if (!directoriesExist(disk, root, relative(root, directory).split(sep))) return [];
  const isSetAside = (name: string) => name.startsWith(`${basename(path)}.suspect-`);
  const names = disk.readdir(directory);
  const active = names.filter((name) => name === basename(path));
  return [...names.filter(isSetAside).sort(), ...active].map((name) => join(directory, name));
}

/** Whole lines above some seq, in a row. */
export interface FreshLines {
  readonly lines: Buffer;
  readonly range: AppendedRange;
}

/**
 * Reads a parked file piece by piece, also while lines are appended to it; lines rise by seq.
 *
 * Nothing behind a zero byte, which no line has: there a page is missing that was never confirmed, and
 * lines behind it would make the missing ones, which come again, look like repetitions.
 */
export class ParkedReader {
  readonly #file: OpenedFile | undefined;
  #at = 0;

  /** @throws UnsafePathError for a link and whatever else is no file, the system's errors */
  constructor(disk: Disk, path: string) {
    this.#file = openToRead(disk, path);
  }

  /** True when all that the file holds was read. */
  get isWhole(): boolean {
    return this.#file === undefined || this.#at === this.#file.disk.stat(this.#file.fd).bytes;
  }

  /** The next piece and what of it is above a seq; `undefined` at the end, for now. */
  next(lastSeq: number): { readonly fresh?: FreshLines } | undefined {
    const lines = this.#file === undefined ? undefined : wholeLines(this.#file, this.#at);
    if (lines === undefined) return undefined;
    this.#at += lines.length;
    const fresh = linesAbove(lines, lastSeq);
    return fresh === undefined ? {} : { fresh };
  }

  close(): void {
    if (this.#file !== undefined) this.#file.disk.close(this.#file.fd);
  }
}

function wholeLines(file: OpenedFile, at: number): Buffer | undefined {
  for (let wanted = PIECE_BYTES; wanted <= LINE_BYTES_MAX; wanted *= 2) {
    const read = readBytes(file, at, wanted);
    const gap = read.indexOf(0);
    const sound = gap < 0 ? read : read.subarray(0, gap);
    const end = sound.lastIndexOf(NEWLINE) + 1;
    if (end > 0) return sound.subarray(0, end);
    if (gap >= 0 || read.length < wanted) return undefined;
  }
  return undefined;
}

function linesAbove(bytes: Buffer, lastSeq: number): FreshLines | undefined {
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
  return { lines: bytes.subarray(from), range: { firstSeq, lastSeq: last, count } };
}
