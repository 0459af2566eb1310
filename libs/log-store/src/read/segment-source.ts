/**
 * A sealed segment as a source of lines. Opened when it is first asked something, so that a view of a
 * thousand segments costs only those that a query needs; a segment that was deleted by then is empty.
 *
 * A question is answered by as little as can answer it: header, minute table, block table, gram rows,
 * and only then blocks. Without a sound index the members' own headers stand in for it: everything is
 * found all the same, slower.
 */
import { compileFilter } from '@mcplog/log-query';
import type { Disk } from '../disk/disk.ts';
import { type OpenedFile, openToRead } from '../disk/disk-io.ts';
import { isUnreadable } from '../errors.ts';
import { batchesOfPieces, bucketPieces, countPieces, type PieceFile } from '../scan/piece-scan.ts';
import type { ScanFigures } from '../scan/scan-figures.ts';
import type { ScanPool } from '../scan/scan-pool.ts';
import type { ScanPiece } from '../scan/scan-task.ts';
import { BlockTable } from '../segment/block-table.ts';
import type { SegmentName } from '../segment/segment-name.ts';
import { type SegmentPaths, segmentPaths } from '../segment/segment-paths.ts';
import type { IndexSections, SegmentTables } from '../segment/segment-tables.ts';
import { walkMembers } from '../segment/walk-members.ts';
import { BucketCounter, type BucketRange } from './bucket-counter.ts';
import { blocksOfMinutes, bucketMinutes } from './bucket-minutes.ts';
import { blocksWithGrams, gramSetsOf } from './gram-search.ts';
import { createMatcher } from './line-matcher.ts';
import type { LineBatch, LineCount, LineSource, Scan } from './line-source.ts';
import { countMinutes, splitByMinutes, wantedKinds } from './minute-counts.ts';
import { type BlockPlan, blocksWithMatches, planCount, withMatchesAmong } from './plan-blocks.ts';
import type { ReadSizes } from './read-sizes.ts';
import type { SegmentCache } from './segment-cache.ts';

export interface SegmentSourceOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly name: SegmentName;
  readonly sizes: ReadSizes;
  readonly segments: SegmentCache;
  readonly pool: ScanPool | undefined;
  readonly figures: ScanFigures;
}

export function createSegmentSource(options: SegmentSourceOptions): LineSource {
  return new SegmentSource(options);
}

const NO_TEXT = Buffer.alloc(0);
const NO_LINES: LineCount = { lines: 0, damaged: 0 };

class SegmentSource implements LineSource {
  readonly #options: SegmentSourceOptions;
  readonly #paths: SegmentPaths;
  #sealed: OpenedFile | undefined;
  /** A link stands in its place. */
  #isRefused = false;
  /** Where the members stand by their own headers, by block number; for damaged files only. */
  #found: Map<number, number[]> | undefined;

  constructor(options: SegmentSourceOptions) {
    this.#options = options;
    this.#paths = segmentPaths(options.directory, options.name);
  }

  /** Stored bytes. */
  get bytes(): number {
    return this.#options.disk.lstat(this.#paths.sealed)?.bytes ?? 0;
  }

  async ends(): Promise<{ first: number; last: number } | undefined> {
    const tables = this.#tables();
    if (tables === undefined) return undefined;
    const { firstSeq: first, lastSeq: last } = tables.index?.header ?? endsOfBlocks(tables);
    return last === 0 ? undefined : { first, last };
  }

  async *batches(scan: Scan): AsyncGenerator<LineBatch> {
    try {
      yield* this.#batches(scan);
      if (this.#isRefused) yield { chunk: NO_TEXT, matches: lostLines(1) };
    } finally {
      this.close();
    }
  }

  async *#batches(scan: Scan): AsyncGenerator<LineBatch> {
    const tables = this.#tables();
    if (tables === undefined) return;
    const { holes } = tables;
    if (holes > 0 && reaches(tables, scan)) yield { chunk: NO_TEXT, matches: lostLines(holes) };
    const blocks = this.#blocksFor(tables, scan);
    if (blocks.length === 0) return;
    const file = this.#open();
    if (file === undefined) return;
    if (scan.order === 'desc') blocks.reverse();
    const pieces = blocks.map((block) => pieceOf(tables, block));
    let place = 0;
    for await (const batch of batchesOfPieces(file, pieces, scan)) {
      const block = blocks[place++] as number;
      yield batch.isBroken ? await this.#mendedBatch(file, { tables, block }, scan) : batch;
    }
  }

  async count(scan: Scan): Promise<LineCount> {
    try {
      return this.#told(await this.#count(scan));
    } finally {
      this.close();
    }
  }

  async bucket(scan: Scan, counter: BucketCounter): Promise<LineCount> {
    try {
      return this.#told(await this.#bucket(scan, counter));
    } finally {
      this.close();
    }
  }

  #told({ lines, damaged }: LineCount): LineCount {
    return { lines, damaged: this.#isRefused ? damaged + 1 : damaged };
  }

  async #count(scan: Scan): Promise<LineCount> {
    const tables = this.#tables();
    if (tables === undefined) return NO_LINES;
    const { index } = tables;
    if (index === undefined) return this.#countBlocks(tables, scan);
    if (isByMinutes(index, scan)) return this.#countByMinutes(tables, index, scan);
    return isWhole(index, scan) ? this.#countOnce(tables, scan) : this.#countBlocks(tables, scan);
  }

  /** A damaged block is read again each time: it may be mended. */
  async #countOnce(tables: SegmentTables, scan: Scan): Promise<LineCount> {
    const { counts } = this.#options.segments;
    const { filter } = scan.matcher.compiled;
    const known = counts.get(tables, filter);
    if (known !== undefined) return known;
    const before = this.#options.figures.blocksDamaged;
    const count = await this.#countBlocks(tables, scan);
    if (this.#options.figures.blocksDamaged === before) counts.set(tables, filter, count);
    return count;
  }

  async #bucket(scan: Scan, counter: BucketCounter): Promise<LineCount> {
    const tables = this.#tables();
    if (tables === undefined) return NO_LINES;
    const { index, holes } = tables;
    const { range } = counter;
    if (index === undefined || !isByMinutes(index, scan)) {
      const blocks = this.#blocksFor(tables, scan);
      const { damaged } = await this.#bucketBlocks({ tables, blocks }, { scan, range, counter });
      return { lines: 0, damaged: damaged + holes };
    }
    const minutes = bucketMinutes(index.minutes, scan.matcher, counter);
    const candidates = minutes.size === 0 ? [] : this.#blocksFor(tables, scan);
    const blocks = blocksOfMinutes(tables.blocks, candidates, minutes);
    await this.#bucketBlocks({ tables, blocks }, { scan, range: { ...range, minutes }, counter });
    return { lines: 0, damaged: index.header.damaged + holes };
  }

  close(): void {
    if (this.#sealed !== undefined) this.#options.disk.close(this.#sealed.fd);
    this.#sealed = undefined;
  }

  /** Of a link, which is never followed, nothing is known but that something is missing. */
  #tables(): SegmentTables | undefined {
    const { segments, disk, figures } = this.#options;
    try {
      return segments.tablesOf(disk, this.#paths);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      figures.filesSkipped++;
      return { blocks: new BlockTable(Buffer.alloc(0)), holes: 1, bytes: 0 };
    }
  }

  #open(): PieceFile | undefined {
    const { disk, sizes, pool, figures } = this.#options;
    try {
      this.#sealed ??= openToRead(disk, this.#paths.sealed);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.#isRefused = true;
      figures.filesSkipped++;
    }
    return this.#sealed && { disk, fd: this.#sealed.fd, sizes, pool, figures };
  }

  /** Blocks that may hold a match, ascending. */
  #blocksFor(tables: SegmentTables, scan: Scan): number[] {
    const { index, blocks } = tables;
    if (index === undefined) return blocksBySeq(tables, scan);
    const { after, until } = scan;
    const question = { compiled: scan.matcher.compiled, after, until };
    const found = this.#blocksWithText(index, blocks, scan);
    return found === undefined
      ? blocksWithMatches(blocks, question)
      : withMatchesAmong(blocks, found, question);
  }

  /** Those that the gram map leaves; `undefined` when no text is sought or there is no map. */
  #blocksWithText(
    index: IndexSections,
    blocks: SegmentTables['blocks'],
    { matcher }: Scan,
  ): number[] | undefined {
    const { disk, figures } = this.#options;
    const gramSets = gramSetsOf(matcher.compiled);
    const map = gramSets.length === 0 ? undefined : openToRead(disk, this.#paths.index);
    if (map === undefined) return undefined;
    try {
      // Rebuilt since its tables were read: every piece of the map is checked, so it does no harm.
      const found = blocksWithGrams(gramSets, { map, index, blocks });
      figures.blocksRuledOut += blocks.length - found.length;
      return found;
    } finally {
      disk.close(map.fd);
    }
  }

  /** Whole minutes by the table; of the parts of minutes at the range's ends, the blocks are read. */
  async #countByMinutes(
    tables: SegmentTables,
    index: IndexSections,
    scan: Scan,
  ): Promise<LineCount> {
    const { compiled } = scan.matcher;
    const { startMs = Number.NEGATIVE_INFINITY, endMs = Number.POSITIVE_INFINITY } =
      compiled.filter;
    const { rest, ...whole } = splitByMinutes({ startMs, endMs });
    let lines = countMinutes(index.minutes, whole, wantedKinds(compiled));
    for (const range of rest) {
      const narrowed = createMatcher(compileFilter({ ...compiled.filter, ...range }));
      lines += (await this.#countBlocks(tables, { ...scan, matcher: narrowed })).lines;
    }
    return { lines, damaged: index.header.damaged + tables.holes };
  }

  async #countBlocks(tables: SegmentTables, scan: Scan): Promise<LineCount> {
    const plan = this.#planCount(tables, scan);
    const { open } = plan;
    const file = open.length === 0 ? undefined : this.#open();
    if (file === undefined) return { lines: plan.lines, damaged: plan.damaged + tables.holes };
    const pieces = open.map((block) => pieceOf(tables, block));
    const counted = await countPieces(file, pieces, scan);
    let { lines, damaged } = counted;
    for (const piece of counted.broken) {
      const block = open[pieces.indexOf(piece)] as number;
      const { matches } = await this.#mendedBatch(file, { tables, block }, scan);
      lines += matches.seqs.length;
      damaged += matches.damaged;
    }
    return { lines: plan.lines + lines, damaged: plan.damaged + damaged + tables.holes };
  }

  #planCount(tables: SegmentTables, scan: Scan): Pick<BlockPlan, 'open' | 'lines' | 'damaged'> {
    const { index, blocks } = tables;
    const { compiled } = scan.matcher;
    // Of a text the table alone knows nothing: the map is asked first, and the table what it leaves.
    if (index === undefined || (compiled.needsParse && index.header.damaged === 0)) {
      return { open: this.#blocksFor(tables, scan), lines: 0, damaged: 0 };
    }
    const { after, until } = scan;
    const plan = planCount(blocks, { compiled, after, until });
    const found = this.#blocksWithText(index, blocks, scan);
    if (found === undefined) return plan;
    const kept = new Set(found);
    return { ...plan, open: plan.open.filter((block) => kept.has(block)) };
  }

  async #bucketBlocks(
    { tables, blocks }: { tables: SegmentTables; blocks: readonly number[] },
    { scan, range, counter }: { scan: Scan; range: BucketRange; counter: BucketCounter },
  ): Promise<LineCount> {
    const file = blocks.length === 0 ? undefined : this.#open();
    if (file === undefined) return NO_LINES;
    const pieces = blocks.map((block) => pieceOf(tables, block));
    const counted = await bucketPieces(file, pieces, { scan, range, counter });
    let { damaged } = counted;
    for (const piece of counted.broken) {
      const block = blocks[pieces.indexOf(piece)] as number;
      const batch = await this.#mendedBatch(file, { tables, block }, scan);
      const part = new BucketCounter(range);
      part.addMatches(batch);
      counter.addPacked(part.pack());
      damaged += batch.matches.damaged;
    }
    return { lines: 0, damaged };
  }

  /**
   * A block that is not where, or what, the index says: looked for by its own header, behind bytes
   * that were lost or added. When it is nowhere its lines count as damaged.
   */
  async #mendedBatch(
    file: PieceFile,
    { tables, block }: { tables: SegmentTables; block: number },
    scan: Scan,
  ): Promise<LineBatch> {
    const { number, lines } = tables.blocks.row(block);
    const piece = pieceOf(tables, block);
    for (const offset of this.#foundOffsets().get(number) ?? []) {
      if (offset === piece.offset) continue;
      for await (const batch of batchesOfPieces(file, [{ ...piece, offset }], scan)) {
        if (!batch.isBroken) return batch;
      }
    }
    return { chunk: NO_TEXT, matches: lostLines(lines) };
  }

  #foundOffsets(): Map<number, number[]> {
    this.#found ??= offsetsIn(this.#sealed);
    return this.#found;
  }
}

function lostLines(damaged: number): LineBatch['matches'] {
  return { seqs: [], starts: [], ends: [], entries: [], damaged };
}

/** False when every seq of the segment is left out. */
function reaches(tables: SegmentTables, { after, until }: Scan): boolean {
  const { firstSeq, lastSeq } = endsOfBlocks(tables);
  return lastSeq === 0 || (after < lastSeq && until >= firstSeq);
}

function offsetsIn(sealed: OpenedFile | undefined): Map<number, number[]> {
  const offsets = new Map<number, number[]>();
  for (const stretch of sealed === undefined ? [] : walkMembers(sealed, sealed.stat.bytes)) {
    if (stretch.kind === 'gap') continue;
    const { number } = stretch.header;
    offsets.set(number, [...(offsets.get(number) ?? []), stretch.offset]);
  }
  return offsets;
}

/** True when every entry counts that level, type and time leave. */
function isByMinutes(index: IndexSections, { matcher, after, until }: Scan): boolean {
  return isWhole(index, { after, until }) && !index.isTimeless && !matcher.compiled.needsParse;
}

/** True when no seq of the segment is left out. */
function isWhole(
  { header }: IndexSections,
  { after, until }: Pick<Scan, 'after' | 'until'>,
): boolean {
  return after < header.firstSeq && until >= header.lastSeq;
}

function endsOfBlocks({ blocks }: SegmentTables): { firstSeq: number; lastSeq: number } {
  const filled = blocks.rows().filter(({ lastSeq }) => lastSeq > 0);
  return { firstSeq: filled[0]?.firstSeq ?? 0, lastSeq: filled.at(-1)?.lastSeq ?? 0 };
}

function blocksBySeq({ blocks }: SegmentTables, { after, until }: Scan): number[] {
  const found: number[] = [];
  for (let block = 0; block < blocks.length; block++) {
    const isWithin = blocks.lastSeq(block) > after && blocks.firstSeq(block) <= until;
    if (blocks.lines(block) > 0 && isWithin) found.push(block);
  }
  return found;
}

function pieceOf({ blocks, index }: SegmentTables, block: number): ScanPiece {
  const { offset, storedBytes: bytes, plainBytes, leaf } = blocks.row(block);
  const piece = { kind: 'block', offset, bytes, plainBytes } as const;
  // A copy: to send a part of the table to a thread would send the whole table.
  return index === undefined ? piece : { ...piece, leaf: new Uint8Array(leaf) };
}
