/** An active (or set aside) log file: plain JSON lines. */
import { constants } from 'node:fs';
import type { Disk } from './disk.ts';
import { systemCode, UnsafePathError } from './errors.ts';
import { type CountedPart, ENDING_BYTES, type LineCounts } from './line-counts.ts';
import type { LineBatch, LineCount, LineSource, Scan } from './line-source.ts';
import { type ByteRange, type OpenFile, readChunks, readFully, wholeBytes } from './read-chunks.ts';
import type { ReadSizes } from './read-sizes.ts';
import { clipBySeq, clipByTime, firstLine, lastLine } from './seek-line.ts';

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface PlainSourceOptions {
  /** False for logs whose timestamps may step back within a run. */
  readonly timeRises: boolean;
  readonly counts: LineCounts;
  readonly sizes: ReadSizes;
}

export interface PlainSource extends LineSource {
  /** Which file was opened, whatever its name is by now. */
  readonly identity: string;
}

/**
 * Opens a file as it is now: what is appended later is not seen.
 * @returns `undefined` when there is no such file.
 * @throws UnsafePathError when it is a link or no ordinary file.
 */
export async function openPlainSource(
  disk: Disk,
  path: string,
  options: PlainSourceOptions,
): Promise<PlainSource | undefined> {
  const fd = openToRead(disk, path);
  if (fd === undefined) return undefined;
  try {
    const { bytes, kind, identity } = disk.stat(fd);
    if (kind !== 'file') throw new UnsafePathError(`${path} is no ordinary file`);
    const file = { disk, fd, sizes: options.sizes };
    return createSource(file, { bytes: await wholeBytes(file, bytes), identity, ...options });
  } catch (error) {
    disk.close(fd);
    throw error;
  }
}

function openToRead(disk: Disk, path: string): number | undefined {
  try {
    return disk.open(path, READ_FLAGS);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw new UnsafePathError(`${path} is a link`);
    throw error;
  }
}

function createSource(
  file: OpenFile,
  options: { readonly bytes: number; readonly identity: string } & PlainSourceOptions,
): PlainSource {
  const { bytes, identity, timeRises, counts } = options;
  const whole = { from: 0, to: bytes };
  return {
    bytes,
    identity,
    async ends(guard) {
      const first = await firstLine({ file, guard }, whole);
      const last = first && (await lastLine({ file, guard }, whole));
      return first && last && { first: first.seq, last: last.seq };
    },
    async *batches(scan) {
      const ranges = await rangesOf(file, whole, { scan, timeRises });
      if (scan.order === 'desc') ranges.reverse();
      for (const range of ranges) yield* matchRange(file, range, scan);
    },
    async count(scan) {
      const unlimited = scan.after <= 0 && scan.until >= Number.MAX_SAFE_INTEGER;
      if (!unlimited || !scan.matcher.matchesAll) return sum(this.batches(scan));
      const known = await trusted(file, counts.get(identity), bytes);
      const rest = { from: known?.bytes ?? 0, to: bytes };
      const added = await sum(matchRange(file, rest, scan));
      const lines = (known?.lines ?? 0) + added.lines;
      const damaged = (known?.damaged ?? 0) + added.damaged;
      counts.set(identity, { bytes, lines, damaged, ending: await endingOf(file, bytes) });
      return { lines, damaged };
    },
    close: () => file.disk.close(file.fd),
  };
}

async function rangesOf(
  file: OpenFile,
  whole: ByteRange,
  { scan, timeRises }: { scan: Scan; timeRises: boolean },
): Promise<ByteRange[]> {
  const room = { file, guard: scan.guard };
  const range = await clipBySeq(room, whole, scan);
  const { startMs, endMs } = scan.matcher.compiled.filter;
  const timeless = startMs === undefined && endMs === undefined;
  if (timeless || !timeRises || range.to - range.from < file.sizes.seekMin) return [range];
  return clipByTime(room, range, {
    startMs: startMs ?? Number.NEGATIVE_INFINITY,
    endMs: endMs ?? Number.POSITIVE_INFINITY,
  });
}

async function* matchRange(
  file: OpenFile,
  range: ByteRange,
  { matcher, order, guard }: Scan,
): AsyncGenerator<LineBatch> {
  const bytesMax = matcher.isSlow ? file.sizes.slowChunkMax : file.sizes.chunkMax;
  for await (const { bytes: chunk } of readChunks(file, range, { order, bytesMax, guard })) {
    yield { chunk, matches: matcher.scan(chunk, guard) };
  }
}

async function sum(batches: AsyncGenerator<LineBatch>): Promise<LineCount> {
  let lines = 0;
  let damaged = 0;
  for await (const { matches } of batches) {
    lines += matches.seqs.length;
    damaged += matches.damaged;
  }
  return { lines, damaged };
}

/** An earlier count, if the file still holds what was counted. */
async function trusted(
  file: OpenFile,
  part: CountedPart | undefined,
  bytes: number,
): Promise<CountedPart | undefined> {
  if (part === undefined || part.bytes > bytes) return undefined;
  return part.ending.equals(await endingOf(file, part.bytes)) ? part : undefined;
}

async function endingOf(file: OpenFile, end: number): Promise<Buffer> {
  const start = Math.max(0, end - ENDING_BYTES);
  const ending = Buffer.alloc(end - start);
  return ending.subarray(0, await readFully(file, ending, start));
}
