/**
 * The tables that a sealed segment has on disk, made in memory for a plain file that grows: built
 * when a question first needs them, then carried on from where they end. What follows the last whole
 * chunk is left to be read.
 */

import { hasLeftOut } from '../disk/sparing-disk.ts';
import {
  BLOCK_FLAGS,
  BLOCK_ROW_BYTES,
  BlockTable,
  encodeBlockRow,
} from '../segment/block-table.ts';
import { describeBlock } from '../segment/describe-block.ts';
import { LineClock } from '../segment/line-clock.ts';
import { HASH_BYTES } from '../segment/merkle.ts';
import { MinuteCounter, MinuteTable } from '../segment/minute-table.ts';
import { ByteCache } from './byte-cache.ts';
import { type OpenFile, readChunks, readFully } from './read-chunks.ts';
import type { ScanGuard } from './scan-guard.ts';

/** What is known of a file up to `coveredBytes`, the end of a line. */
export interface LiveTables {
  readonly coveredBytes: number;
  readonly blocks: BlockTable;
  readonly minutes: MinuteTable;
  /** Lines and those of them that are no entries. */
  readonly lines: number;
  readonly damaged: number;
  /** False when the minute table does not tell of every entry: it is not to be used then. */
  readonly hasMinutes: boolean;
}

/** A file of 50 MB has about 200 KB of tables. */
const BYTES_MAX = 32 * 1024 * 1024;
/** The last bytes of what is covered, to notice a file that was rewritten. */
const ENDING_BYTES = 64;

/** The tables of the files that were asked about last. */
export class LiveIndexes {
  readonly #kept = new ByteCache<LiveIndex>(BYTES_MAX);

  /**
   * Of the first `bytes`, as far as they were made before; `undefined` when they were not, or the file
   * was rewritten.
   */
  async known(
    file: OpenFile,
    { identity, bytes }: { readonly identity: string; readonly bytes: number },
  ): Promise<LiveTables | undefined> {
    const index = this.#kept.get(identity);
    if (index === undefined) return undefined;
    if (await index.isOf(file)) return index.tables(bytes);
    this.#kept.delete(identity);
    return undefined;
  }

  /**
   * Up to the last whole chunk before `bytes`.
   * @throws what the guard throws; what was made until then is kept.
   */
  async upTo(
    file: OpenFile,
    { identity, bytes }: { readonly identity: string; readonly bytes: number },
    guard: ScanGuard,
  ): Promise<LiveTables> {
    const known = this.#kept.get(identity);
    const index = known !== undefined && (await known.isOf(file)) ? known : new LiveIndex();
    this.#kept.set(identity, index, index.bytes);
    try {
      await index.extend(file, bytes, guard);
    } finally {
      this.#kept.set(identity, index, index.bytes);
    }
    return index.tables(bytes);
  }
}

class LiveIndex {
  readonly #rows: Buffer[] = [];
  readonly #room = {
    minutes: new MinuteCounter(),
    grams: { add: () => undefined },
    clock: new LineClock(),
  };
  #covered = 0;
  #lines = 0;
  #damaged = 0;
  #isTimeless = false;
  #ending = Buffer.alloc(0);
  #tables: LiveTables | undefined;
  /** Those who come while it is being extended wait their turn. */
  #turn: Promise<void> = Promise.resolve();

  get bytes(): number {
    return (
      1024 + this.#rows.length * BLOCK_ROW_BYTES * 2 + (this.#tables?.minutes.bytes.length ?? 0)
    );
  }

  async isOf(file: OpenFile): Promise<boolean> {
    const [covered, ending] = [this.#covered, this.#ending];
    return ending.equals(await endingOf(file, covered));
  }

  extend(file: OpenFile, bytes: number, guard: ScanGuard): Promise<void> {
    const mine = this.#turn.then(() => this.#extend(file, bytes, guard));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** For whoever opened the file when it had this many bytes: nothing that came later is told. */
  tables(bytes: number): LiveTables {
    if (bytes < this.#covered) return this.#tablesWithin(bytes);
    this.#tables ??= {
      coveredBytes: this.#covered,
      blocks: new BlockTable(Buffer.concat(this.#rows)),
      minutes: new MinuteTable(this.#room.minutes.encode()),
      lines: this.#lines,
      damaged: this.#damaged,
      hasMinutes: !this.#isTimeless,
    };
    return this.#tables;
  }

  /** Somebody who came later was faster, and the blocks go farther than these bytes. */
  #tablesWithin(bytes: number): LiveTables {
    const all = new BlockTable(Buffer.concat(this.#rows));
    let [count, coveredBytes, lines, damaged] = [0, 0, 0, 0];
    while (count < all.length && all.row(count).offset + all.plainBytes(count) <= bytes) {
      coveredBytes = all.row(count).offset + all.plainBytes(count);
      lines += all.lines(count);
      damaged += all.damaged(count);
      count++;
    }
    const blocks = new BlockTable(Buffer.concat(this.#rows.slice(0, count)));
    const minutes = new MinuteTable(new MinuteCounter().encode());
    return { coveredBytes, blocks, minutes, lines, damaged, hasMinutes: false };
  }

  async #extend(file: OpenFile, bytes: number, guard: ScanGuard): Promise<void> {
    const { chunkFirst, indexChunk } = file.sizes;
    if (bytes - this.#covered < chunkFirst) return;
    const range = { from: this.#covered, to: bytes };
    const chunks = readChunks(file, range, { order: 'asc', bytesMax: indexChunk, guard });
    for await (const { bytes: plain, offset } of chunks) {
      // The last one is short and grows, so it is not counted for good.
      if (offset + plain.length >= bytes || hasLeftOut(plain)) break;
      this.#add(plain, offset);
    }
  }

  #add(plain: Buffer, offset: number): void {
    const described = describeBlock(plain, this.#room);
    const row = {
      ...described,
      number: this.#rows.length,
      offset,
      plainOffset: offset,
      storedBytes: plain.length,
      plainBytes: plain.length,
      leaf: Buffer.alloc(HASH_BYTES),
    };
    this.#rows.push(encodeBlockRow(row));
    this.#covered = offset + plain.length;
    this.#lines += described.lines;
    this.#damaged += described.damaged;
    this.#isTimeless ||= (described.flags & BLOCK_FLAGS.timeless) !== 0;
    this.#ending = Buffer.from(plain.subarray(-ENDING_BYTES));
    this.#tables = undefined;
  }
}

async function endingOf(file: OpenFile, end: number): Promise<Buffer> {
  const start = Math.max(0, end - ENDING_BYTES);
  const ending = Buffer.alloc(end - start);
  return ending.subarray(0, await readFully(file, ending, start));
}
