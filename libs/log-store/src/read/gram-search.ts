/**
 * Finds the blocks of a segment that may hold what is sought, by its gram map alone. The work is a few
 * short reads for each segment, and a few bytes of arithmetic: it does not grow with the blocks'
 * number, which all that looks at each block would.
 */
import { crc32 } from 'node:zlib';
import type { CompiledFilter } from '@mcplog/log-query';
import { type FileHandle, readExactly } from '../disk/disk-io.ts';
import { BLOCK_FLAGS, type BlockTable } from '../segment/block-table.ts';
import { GRAM_PIECE_BYTES, rowBytesOf } from '../segment/gram-map.ts';
import { gramRowsOf } from '../segment/grams.ts';
import type { IndexSections } from '../segment/segment-tables.ts';
import { plainRunsOf } from './needle.ts';

/** More rows of one text seldom rule out more. */
const ROWS_MAX = 48;

/** For each text of a set its rows; a line must hold one text of each set. */
export type GramSets = readonly (readonly (readonly number[])[])[];

/** A query asks every segment with the same filter. */
const known = new WeakMap<CompiledFilter, GramSets>();

/** What a filter seeks, as rows; a set with a text too short to have a gram is left out. */
export function gramSetsOf(compiled: CompiledFilter): GramSets {
  const kept = known.get(compiled);
  if (kept !== undefined) return kept;
  const sets = plainRunsOf(compiled.literalSets)
    .map((set) => set.map((text) => gramRowsOf(Buffer.from(text))))
    .filter((set) => set.every((rows) => rows.length > 0));
  known.set(compiled, sets);
  return sets;
}

export interface GramSearch {
  /** The open index. */
  readonly map: FileHandle;
  readonly index: IndexSections;
  readonly blocks: BlockTable;
}

/** The blocks, ascending, that may hold a text of every set. */
export function blocksWithGrams(gramSets: GramSets, search: GramSearch): number[] {
  const { index, blocks } = search;
  let left: Buffer = Buffer.alloc(rowBytesOf(index.header.blocks), 0xff);
  for (const set of gramSets) {
    const any = Buffer.alloc(left.length);
    for (const rows of set) {
      const found = bitsOfText(left, rows, search);
      for (let at = 0; at < any.length; at++) any[at] = (any[at] as number) | (found[at] as number);
    }
    left = any;
  }
  const kept = unsearchable(blocks);
  const found: number[] = [];
  for (let block = 0; block < blocks.length; block++) {
    const at = block >> 3;
    const bits = (left[at] as number) | (kept[at] as number);
    if (bits === 0) block |= 7;
    else if ((bits & (1 << (block & 7))) !== 0) found.push(block);
  }
  return found;
}

/** Of these blocks those that hold every gram, as far as the map tells; until none is left. */
function bitsOfText(among: Buffer, rows: readonly number[], { map, index }: GramSearch): Buffer {
  const left = Buffer.from(among);
  for (const row of rows.slice(0, ROWS_MAX)) {
    const bits = readGramRow(map, index, row);
    // A damaged row rules nothing out.
    if (bits === undefined) continue;
    let any = 0;
    for (let at = 0; at < left.length; at++) {
      left[at] = (left[at] as number) & (bits[at] as number);
      any |= left[at] as number;
    }
    if (any === 0) break;
  }
  return left;
}

/** As bits, for each table: blocks that no map tells anything about. */
const UNSEARCHABLE = new WeakMap<BlockTable, Uint8Array>();

function unsearchable(blocks: BlockTable): Uint8Array {
  const known = UNSEARCHABLE.get(blocks);
  if (known !== undefined) return known;
  const bits = new Uint8Array(rowBytesOf(blocks.length));
  for (let block = 0; block < blocks.length; block++) {
    if ((blocks.flags(block) & BLOCK_FLAGS.unsearchable) === 0) continue;
    const at = block >> 3;
    bits[at] = (bits[at] as number) | (1 << (block & 7));
  }
  UNSEARCHABLE.set(blocks, bits);
  return bits;
}

/** Where rows are read to: each is looked at before the next is read. */
let scratch = Buffer.allocUnsafeSlow(2 * GRAM_PIECE_BYTES);

/**
 * One row of the gram map: a bit per block, valid until the next is read. Reads and checks only the
 * piece or two it lies in.
 * @param row of the largest map, as `gramRowsOf` gives it.
 * @returns `undefined` when the map is damaged there, and must not be believed.
 */
function readGramRow(
  file: FileHandle,
  { header, gramChecks, gramMapAt, gramMapBytes }: IndexSections,
  row: number,
): Buffer | undefined {
  const rowBytes = rowBytesOf(header.blocks);
  const from = (row & (header.gramRows - 1)) * rowBytes;
  const firstPiece = Math.floor(from / GRAM_PIECE_BYTES);
  const endPiece = Math.ceil((from + rowBytes) / GRAM_PIECE_BYTES);
  const start = firstPiece * GRAM_PIECE_BYTES;
  const length = Math.min(endPiece * GRAM_PIECE_BYTES, gramMapBytes) - start;
  if (scratch.length < length) scratch = Buffer.allocUnsafeSlow(length);
  const bytes = readExactly(file, scratch.subarray(0, length), gramMapAt + start);
  for (let piece = firstPiece; piece < endPiece; piece++) {
    const at = piece * GRAM_PIECE_BYTES - start;
    const check = crc32(bytes.subarray(at, at + GRAM_PIECE_BYTES));
    if (check !== gramChecks.readUInt32LE(piece * 4)) return undefined;
  }
  return bytes.subarray(from - start, from - start + rowBytes);
}
