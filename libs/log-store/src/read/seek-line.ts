/** Finds places in a log file by halving: its lines rise by seq, and by time within a run. */
import { makeSeq, N_MAX, parseEntry, runOfSeq } from '@mcplog/log-entry';
import { isFramed, NEWLINE, SEQ_KEY, seqAt, timestampAt } from './line-frame.ts';
import { type ByteRange, type OpenFile, readChunks, readFully } from './read-chunks.ts';
import type { ScanGuard } from './scan-guard.ts';

/** A sound line met while seeking. */
export interface SeenLine {
  readonly start: number;
  /** Behind its newline. */
  readonly next: number;
  readonly seq: number;
  readonly timestampMs: number;
}

export interface SeekRoom {
  readonly file: OpenFile;
  readonly guard: ScanGuard;
}

/**
 * The start of the first sound line for which `isPast` holds, the range's end when there is none.
 * `isPast` must hold for every sound line after the first for which it holds.
 */
export async function seekLine(
  room: SeekRoom,
  range: ByteRange,
  isPast: (line: SeenLine) => boolean,
): Promise<number> {
  // Sound lines that start before `low` are not past, those that start at `high` or later are.
  let low = range.from;
  let high = range.to;
  while (high - low > room.file.sizes.chunkFirst) {
    room.guard.check();
    const middle = Math.floor((low + high) / 2);
    const seen = await firstLineFrom(room.file, middle, high);
    if (seen === undefined || isPast(seen)) high = middle;
    else low = seen.next;
  }
  return firstPast(room, { from: low, to: range.to }, isPast);
}

/** The first sound line that starts in [from, to); a line cut by `from` is passed over. */
async function firstLineFrom(
  file: OpenFile,
  from: number,
  to: number,
): Promise<SeenLine | undefined> {
  // The byte before tells whether `from` itself starts a line.
  const base = from - 1;
  for (let bytes = file.sizes.probe; ; bytes *= 4) {
    const buffer = Buffer.allocUnsafe(Math.min(bytes, to - base));
    const got = await readFully(file, buffer, base);
    const part = buffer.subarray(0, got);
    const first = part.indexOf(NEWLINE);
    const seen = first < 0 ? undefined : firstSound(part, first + 1, base);
    if (seen !== undefined || base + got >= to || got < buffer.length) return seen;
  }
}

async function firstPast(
  { file, guard }: SeekRoom,
  range: ByteRange,
  isPast: (line: SeenLine) => boolean,
): Promise<number> {
  const chunks = readChunks(file, range, { order: 'asc', bytesMax: file.sizes.chunkFirst, guard });
  for await (const { bytes, offset } of chunks) {
    for (let at = 0; ; ) {
      const seen = firstSound(bytes, at, offset);
      if (seen === undefined) break;
      if (isPast(seen)) return seen.start;
      at = seen.next - offset;
    }
  }
  return range.to;
}

/** The first sound line of the buffer that starts at `from` or later; `from` starts a line. */
function firstSound(bytes: Buffer, from: number, offset: number): SeenLine | undefined {
  for (let start = from; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) return undefined;
    const known = knownOf(bytes, start, end);
    if (known !== undefined) return { start: offset + start, next: offset + end + 1, ...known };
    start = end + 1;
  }
  return undefined;
}

/** What orders a line; `undefined` for a line that is no entry. */
function knownOf(
  bytes: Buffer,
  start: number,
  end: number,
): Pick<SeenLine, 'seq' | 'timestampMs'> | undefined {
  const keyAt = isFramed(bytes, start, end) ? bytes.indexOf(SEQ_KEY, start) : -1;
  const seq = keyAt >= 0 && keyAt < end ? seqAt(bytes, keyAt) : undefined;
  if (seq !== undefined) return { seq, timestampMs: timestampAt(bytes, start) };
  const entry = parseEntry(bytes.toString('utf8', start, end));
  return entry && { seq: entry.metadata.seq, timestampMs: Date.parse(entry.timestamp) };
}

/** The first sound line of a range. */
export async function firstLine(room: SeekRoom, range: ByteRange): Promise<SeenLine | undefined> {
  let found: SeenLine | undefined;
  const start = await firstPast(room, range, (line) => {
    found = line;
    return true;
  });
  return start < range.to ? found : undefined;
}

/** The last sound line of a range. */
export async function lastLine(
  { file, guard }: SeekRoom,
  range: ByteRange,
): Promise<SeenLine | undefined> {
  const chunks = readChunks(file, range, { order: 'desc', bytesMax: file.sizes.chunkFirst, guard });
  for await (const { bytes, offset } of chunks) {
    for (let end = bytes.length; end > 0; ) {
      const start = end < 2 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1;
      const seen = firstSound(bytes.subarray(0, end), start, offset);
      if (seen !== undefined) return seen;
      end = start;
    }
  }
  return undefined;
}

/** The range without lines of seq up to `after` or above `until`. */
export async function clipBySeq(
  room: SeekRoom,
  range: ByteRange,
  { after, until }: { readonly after: number; readonly until: number },
): Promise<ByteRange> {
  const from = after > 0 ? await seekLine(room, range, ({ seq }) => seq > after) : range.from;
  const rest = { from, to: range.to };
  if (until >= Number.MAX_SAFE_INTEGER) return rest;
  return { from, to: await seekLine(room, rest, ({ seq }) => seq > until) };
}

/** Beyond this many runs in one file, seeking in each costs more than reading everything. */
const RUNS_MAX = 32;

/**
 * Stretches that hold every line of a time range, as few bytes as can be told.
 *
 * Timestamps never step back within a run (the supervisor sees to it) but may between runs, when a
 * host's clock was set back. So the runs are found first, by seq, and halved one by one.
 */
export async function clipByTime(
  room: SeekRoom,
  range: ByteRange,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): Promise<ByteRange[]> {
  const runs = await runsOf(room, range);
  if (runs === undefined) return [range];
  const clipped: ByteRange[] = [];
  for (const run of runs) {
    const from = await seekLine(room, run, ({ timestampMs }) => timestampMs >= startMs);
    const rest = { from, to: run.to };
    const to = await seekLine(room, rest, ({ timestampMs }) => timestampMs > endMs);
    if (to > from) clipped.push({ from, to });
  }
  return clipped;
}

async function runsOf(room: SeekRoom, range: ByteRange): Promise<ByteRange[] | undefined> {
  const runs: ByteRange[] = [];
  const last = await lastLine(room, range);
  if (last === undefined) return [];
  const lastRun = runOfSeq(last.seq);
  for (let from = range.from; from < range.to; ) {
    if (runs.length === RUNS_MAX) return undefined;
    const first = await firstLine(room, { from, to: range.to });
    if (first === undefined) break;
    const run = runOfSeq(first.seq);
    const endSeq = run < 1 ? N_MAX : makeSeq(run, N_MAX);
    const to =
      run === lastRun
        ? range.to
        : await seekLine(room, { from, to: range.to }, ({ seq }) => seq > endSeq);
    runs.push({ from, to });
    from = to;
  }
  return runs;
}
