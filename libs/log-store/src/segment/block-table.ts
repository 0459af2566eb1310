/** The block table of an index: what each block holds, 160 bytes a row. FORMAT.md has the bytes. */
import { readInt64, writeInt64 } from './little-endian.ts';
import { HASH_BYTES } from './merkle.ts';

export const BLOCK_ROW_BYTES = 160;

const OFFSET_AT = 0;
const PLAIN_OFFSET_AT = 8;
const STORED_AT = 16;
const PLAIN_AT = 20;
const LINES_AT = 24;
const DAMAGED_AT = 28;
const FIRST_SEQ_AT = 32;
const LAST_SEQ_AT = 40;
const FIRST_MS_AT = 48;
const LAST_MS_AT = 56;
const LEVELS_AT = 64;
const TYPES_AT = 84;
const FLAGS_AT = 104;
const NUMBER_AT = 108;
const LEAF_AT = 128;

/** Levels by rank; a level that is none is counted nowhere. */
export const LEVEL_COUNT = 5;
/** Types in the order of `ENTRY_TYPES`, then any other. */
export const TYPE_COUNT = 5;

export const BLOCK_FLAGS = {
  /** Some line is not of the writer's shape: readers parse it. */
  odd: 1,
  /** Some text may match though its bytes differ: grams must not rule the block out. */
  unsearchable: 2,
  /** Some entry's timestamp is no moment: neither its times nor the minute table speak for it. */
  timeless: 4,
} as const;

export interface BlockRow {
  /** From 0; the place in the segment when nothing is missing. */
  readonly number: number;
  /** Of the member in the segment. */
  readonly offset: number;
  /** Of the plain text in the rotated file. */
  readonly plainOffset: number;
  readonly storedBytes: number;
  readonly plainBytes: number;
  readonly lines: number;
  /** Of which are no entries. */
  readonly damaged: number;
  /** 0 when no line is an entry. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Earliest and latest timestamp, milliseconds since 1970; they need not be of first and last. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly levels: readonly number[];
  readonly types: readonly number[];
  readonly flags: number;
  readonly leaf: Buffer;
}

export function encodeBlockRow(row: BlockRow): Buffer {
  const bytes = Buffer.alloc(BLOCK_ROW_BYTES);
  writeInt64(bytes, row.offset, OFFSET_AT);
  writeInt64(bytes, row.plainOffset, PLAIN_OFFSET_AT);
  bytes.writeUInt32LE(row.storedBytes, STORED_AT);
  bytes.writeUInt32LE(row.plainBytes, PLAIN_AT);
  bytes.writeUInt32LE(row.lines, LINES_AT);
  bytes.writeUInt32LE(row.damaged, DAMAGED_AT);
  writeInt64(bytes, row.firstSeq, FIRST_SEQ_AT);
  writeInt64(bytes, row.lastSeq, LAST_SEQ_AT);
  writeInt64(bytes, row.firstMs, FIRST_MS_AT);
  writeInt64(bytes, row.lastMs, LAST_MS_AT);
  for (const [rank, count] of row.levels.entries())
    bytes.writeUInt32LE(count, LEVELS_AT + 4 * rank);
  for (const [type, count] of row.types.entries()) bytes.writeUInt32LE(count, TYPES_AT + 4 * type);
  bytes.writeUInt32LE(row.flags, FLAGS_AT);
  bytes.writeUInt32LE(row.number, NUMBER_AT);
  row.leaf.copy(bytes, LEAF_AT);
  return bytes;
}

/** Reads fields where they lie, so that planning over many blocks makes no object for each. */
export class BlockTable {
  readonly length: number;
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.length = bytes.length / BLOCK_ROW_BYTES;
  }

  offset(block: number): number {
    return readInt64(this.bytes, block * BLOCK_ROW_BYTES + OFFSET_AT);
  }

  storedBytes(block: number): number {
    return this.#uint32(block, STORED_AT);
  }

  plainBytes(block: number): number {
    return this.#uint32(block, PLAIN_AT);
  }

  lines(block: number): number {
    return this.#uint32(block, LINES_AT);
  }

  damaged(block: number): number {
    return this.#uint32(block, DAMAGED_AT);
  }

  firstSeq(block: number): number {
    return readInt64(this.bytes, block * BLOCK_ROW_BYTES + FIRST_SEQ_AT);
  }

  lastSeq(block: number): number {
    return readInt64(this.bytes, block * BLOCK_ROW_BYTES + LAST_SEQ_AT);
  }

  firstMs(block: number): number {
    return readInt64(this.bytes, block * BLOCK_ROW_BYTES + FIRST_MS_AT);
  }

  lastMs(block: number): number {
    return readInt64(this.bytes, block * BLOCK_ROW_BYTES + LAST_MS_AT);
  }

  flags(block: number): number {
    return this.#uint32(block, FLAGS_AT);
  }

  /** Entries of the level with this rank. */
  ofLevel(block: number, rank: number): number {
    return this.#uint32(block, LEVELS_AT + 4 * rank);
  }

  /** Entries of the type with this place in `ENTRY_TYPES`. */
  ofType(block: number, type: number): number {
    return this.#uint32(block, TYPES_AT + 4 * type);
  }

  leaf(block: number): Buffer {
    const at = block * BLOCK_ROW_BYTES + LEAF_AT;
    return this.bytes.subarray(at, at + HASH_BYTES);
  }

  leaves(): Buffer[] {
    return Array.from({ length: this.length }, (_, block) => this.leaf(block));
  }

  row(block: number): BlockRow {
    const at = block * BLOCK_ROW_BYTES;
    return {
      number: this.#uint32(block, NUMBER_AT),
      offset: this.offset(block),
      plainOffset: readInt64(this.bytes, at + PLAIN_OFFSET_AT),
      storedBytes: this.storedBytes(block),
      plainBytes: this.plainBytes(block),
      lines: this.lines(block),
      damaged: this.damaged(block),
      firstSeq: this.firstSeq(block),
      lastSeq: this.lastSeq(block),
      firstMs: this.firstMs(block),
      lastMs: this.lastMs(block),
      levels: Array.from({ length: LEVEL_COUNT }, (_, rank) => this.ofLevel(block, rank)),
      types: Array.from({ length: TYPE_COUNT }, (_, type) => this.ofType(block, type)),
      flags: this.flags(block),
      leaf: this.leaf(block),
    };
  }

  rows(): BlockRow[] {
    return Array.from({ length: this.length }, (_, block) => this.row(block));
  }

  #uint32(block: number, at: number): number {
    return this.bytes.readUInt32LE(block * BLOCK_ROW_BYTES + at);
  }
}
