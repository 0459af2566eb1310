/** An active, rotated or set-aside log file: plain JSON lines. */

import type { Disk } from '../disk/disk.ts';
import { openToRead } from '../disk/disk-io.ts';
import { RowWriter } from '../rows/row-format.ts';
import { batchesOfPieces, bucketPieces, countPieces, type PieceFile } from '../scan/piece-scan.ts';
import type { ScanFigures } from '../scan/scan-figures.ts';
import type { ScanPool } from '../scan/scan-pool.ts';
import type { ScanPiece } from '../scan/scan-task.ts';
import type { BucketCounter } from './bucket-counter.ts';
import { blocksOfMinutes, bucketMinutes } from './bucket-minutes.ts';
import type { LineBatch, LineCount, LineSource, Scan } from './line-source.ts';
import type { LiveIndexes, LiveTables } from './live-index.ts';
import { blocksWithMatches, planCount } from './plan-blocks.ts';
import { type ByteRange, readChunks, wholeBytes } from './read-chunks.ts';
import type { ReadSizes } from './read-sizes.ts';
import { clipBySeq, clipByTime, firstLine, lastLine } from './seek-line.ts';
import { soundMatches } from './sound-lines.ts';

export interface PlainSourceOptions {
  /** False for logs whose timestamps may step back within a run. */
  readonly timeRises: boolean;
  readonly live: LiveIndexes;
  readonly sizes: ReadSizes;
  readonly pool: ScanPool | undefined;
  readonly figures: ScanFigures;
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
  const opened = openToRead(disk, path);
  if (opened === undefined) return undefined;
  const { fd, stat } = opened;
  try {
    const { bytes, identity } = stat;
    const { sizes, pool, figures } = options;
    const file = { disk, fd, sizes, pool, figures };
    return new OpenPlainSource(file, {
      bytes: await wholeBytes(file, bytes),
      identity,
      ...options,
    });
  } catch (error) {
    disk.close(fd);
    throw error;
  }
}

interface OpenOptions extends PlainSourceOptions {
  readonly bytes: number;
  readonly identity: string;
}

class OpenPlainSource implements PlainSource {
  readonly bytes: number;
  readonly identity: string;
  readonly #file: PieceFile;
  readonly #options: OpenOptions;
  readonly #whole: ByteRange;

  constructor(file: PieceFile, options: OpenOptions) {
    this.bytes = options.bytes;
    this.identity = options.identity;
    this.#file = file;
    this.#options = options;
    this.#whole = { from: 0, to: options.bytes };
  }

  async ends(guard: Scan['guard']): Promise<{ first: number; last: number } | undefined> {
    const room = { file: this.#file, guard };
    const first = await firstLine(room, this.#whole);
    const last = first && (await lastLine(room, this.#whole));
    return first && last && { first: first.seq, last: last.seq };
  }

  async *batches(scan: Scan): AsyncGenerator<LineBatch> {
    const tables = await this.#tablesFor(scan);
    const rest = { from: tables?.coveredBytes ?? 0, to: this.bytes };
    if (scan.order === 'asc') {
      yield* this.#covered(tables, scan);
      yield* this.#batchesWithin(rest, scan);
    } else {
      yield* this.#batchesWithin(rest, scan);
      yield* this.#covered(tables, scan);
    }
  }

  async count(scan: Scan): Promise<LineCount> {
    const tables = await this.#allTables(scan);
    const { open, lines, damaged } = planCount(tables.blocks, questionOf(scan));
    const opened = await countPieces(this.#file, this.#pieces(tables, open), scan);
    let unsound = 0;
    // Tables know what does not parse; behind them stands so little that it can be parsed here.
    const isShort = this.bytes - tables.coveredBytes <= this.#file.sizes.indexChunk;
    const rest = await sum(this.#rest(tables, scan), (batch) => {
      if (isShort) unsound += soundMatches(batch).damaged - batch.matches.damaged;
    });
    return {
      lines: lines + opened.lines + rest.lines,
      damaged: damaged + opened.damaged + rest.damaged + unsound,
    };
  }

  async bucket(scan: Scan, counter: BucketCounter): Promise<LineCount> {
    const tables = await this.#allTables(scan);
    const known = { lines: 0, damaged: 0 };
    let blocks = blocksWithMatches(tables.blocks, questionOf(scan));
    let { range } = counter;
    if (isByMinutes(tables, scan)) {
      const cut = bucketMinutes(tables.minutes, scan.matcher, counter);
      blocks = blocksOfMinutes(tables.blocks, blocks, cut);
      range = { ...range, minutes: cut };
      known.damaged = tables.damaged;
    }
    const pieces = this.#pieces(tables, blocks);
    const opened = await bucketPieces(this.#file, pieces, { scan, range, counter });
    const rest = await sum(this.#rest(tables, scan), (batch) => counter.addMatches(batch));
    const damaged = known.damaged > 0 ? known.damaged : opened.damaged;
    return { lines: 0, damaged: damaged + rest.damaged };
  }

  close(): void {
    this.#file.disk.close(this.#file.fd);
  }

  #allTables({ guard }: Scan): Promise<LiveTables> {
    return this.#options.live.upTo(this.#file, this, guard);
  }

  /** Tables are made for whoever looks for what may be rare, or needs pieces for other threads. */
  async #tablesFor(scan: Scan): Promise<LiveTables | undefined> {
    const { compiled } = scan.matcher;
    const isPicky =
      compiled.levels !== undefined || compiled.types !== undefined || compiled.isHeavy;
    if (isPicky && this.bytes > this.#file.sizes.seekMin) return this.#allTables(scan);
    return this.#options.live.known(this.#file, this);
  }

  async *#covered(tables: LiveTables | undefined, scan: Scan): AsyncGenerator<LineBatch> {
    if (tables === undefined) return;
    const blocks = blocksWithMatches(tables.blocks, questionOf(scan));
    if (scan.order === 'desc') blocks.reverse();
    yield* batchesOfPieces(this.#file, this.#pieces(tables, blocks), scan);
  }

  #pieces({ blocks }: LiveTables, wanted: readonly number[]): ScanPiece[] {
    return wanted
      .map((block) => blocks.row(block))
      .map(({ offset, plainBytes: bytes }) => ({ kind: 'lines', offset, bytes }));
  }

  #rest({ coveredBytes }: LiveTables, scan: Scan): AsyncGenerator<LineBatch> {
    return this.#batchesWithin({ from: coveredBytes, to: this.bytes }, scan);
  }

  /** Without tables: halves its way to seqs and times, and reads what is left. */
  async *#batchesWithin(within: ByteRange, scan: Scan): AsyncGenerator<LineBatch> {
    if (within.from >= within.to) return;
    const ranges = await this.#rangesOf(within, scan);
    if (scan.order === 'desc') ranges.reverse();
    if (scan.matcher.compiled.isHeavy && this.#file.pool !== undefined) {
      const pieces = ranges.map(
        ({ from, to }): ScanPiece => ({ kind: 'lines', offset: from, bytes: to - from }),
      );
      yield* batchesOfPieces(this.#file, pieces, scan);
    } else {
      for (const range of ranges) yield* this.#matchRange(range, scan);
    }
  }

  async #rangesOf(within: ByteRange, scan: Scan): Promise<ByteRange[]> {
    const room = { file: this.#file, guard: scan.guard };
    const range = await clipBySeq(room, within, scan);
    const { startMs, endMs } = scan.matcher.compiled.filter;
    const isTimeless = startMs === undefined && endMs === undefined;
    const isShort = range.to - range.from < this.#file.sizes.seekMin;
    if (isTimeless || !this.#options.timeRises || isShort) return [range];
    return clipByTime(room, range, {
      startMs: startMs ?? Number.NEGATIVE_INFINITY,
      endMs: endMs ?? Number.POSITIVE_INFINITY,
    });
  }

  async *#matchRange(range: ByteRange, scan: Scan): AsyncGenerator<LineBatch> {
    const { matcher, order, guard, rows } = scan;
    const writer = rows && new RowWriter();
    const { sizes, figures } = this.#file;
    const bytesMax = matcher.isSlow ? sizes.slowChunkMax : sizes.chunkMax;
    const chunks = readChunks(this.#file, range, { order, bytesMax, guard });
    for await (const { bytes: chunk } of chunks) {
      figures.plainBytes += chunk.length;
      figures.blocksOpened++;
      const batch = { chunk, matches: matcher.scan(chunk, guard) };
      if (rows && writer) yield writer.rowsOf(batch, rows, false);
      else if (scan.readsAll === true) yield { chunk, matches: soundMatches(batch) };
      else yield batch;
    }
  }
}

function questionOf({ matcher, after, until }: Scan): Parameters<typeof planCount>[1] {
  return { compiled: matcher.compiled, after, until };
}

/** True when minutes tell everything: no text is sought, and every seq counts. */
function isByMinutes({ hasMinutes }: LiveTables, { matcher, after, until }: Scan): boolean {
  const isWhole = after <= 0 && until >= Number.MAX_SAFE_INTEGER;
  return isWhole && hasMinutes && !matcher.compiled.needsParse;
}

async function sum(
  batches: AsyncGenerator<LineBatch>,
  see: (batch: LineBatch) => void = () => undefined,
): Promise<LineCount> {
  let lines = 0;
  let damaged = 0;
  for await (const batch of batches) {
    lines += batch.matches.seqs.length;
    damaged += batch.matches.damaged;
    see(batch);
  }
  return { lines, damaged };
}
