/**
 * The gram map of a segment: one row per gram, one bit per block. A search reads the few rows of its
 * grams, each some bytes long, whatever the size of the segment. FORMAT.md, "Gram map".
 */
import { crc32 } from 'node:zlib';
import { GRAM_ROWS_MAX } from './grams.ts';

/** Pieces of the map that have a checksum each, so that reading a row need not read the map. */
export const GRAM_PIECE_BYTES = 4096;

/** A map is folded to half its rows while at most this share of its bits would be set. */
const FILL_MAX = 0.4;

export interface GramMap {
  /** A power of two, 0 when there is no block. */
  readonly rows: number;
  readonly bytes: Buffer;
}

export function rowBytesOf(blocks: number): number {
  return Math.ceil(blocks / 8);
}

/** CRC-32 of each piece, four bytes each. */
export function gramChecksOf(map: Buffer): Buffer {
  const checks = Buffer.alloc(4 * Math.ceil(map.length / GRAM_PIECE_BYTES));
  for (let piece = 0; piece * 4 < checks.length; piece++) {
    const at = piece * GRAM_PIECE_BYTES;
    checks.writeUInt32LE(crc32(map.subarray(at, at + GRAM_PIECE_BYTES)), piece * 4);
  }
  return checks;
}

/** @param blocks each block's rows as bits, as `GramCollector.take` gives them. */
export function buildGramMap(blocks: readonly Uint8Array[]): GramMap {
  if (blocks.length === 0) return { rows: 0, bytes: Buffer.alloc(0) };
  let rows = GRAM_ROWS_MAX;
  let folded = blocks;
  for (;;) {
    // A byte of bits is the least a block's column can be.
    const next = rows > 8 ? folded.map(foldOnce) : [];
    if (rows <= 8 || fillOf(next, rows / 2) > FILL_MAX) break;
    folded = next;
    rows /= 2;
  }
  return { rows, bytes: transpose(folded, rows) };
}

/** Half as many rows: row r holds what r and r + half held. */
function foldOnce(bits: Uint8Array): Uint8Array {
  const folded = bits.slice(0, bits.length / 2);
  const other = bits.subarray(folded.length);
  const words = wordsOf(folded);
  if (words === undefined) {
    for (const [at, byte] of other.entries()) folded[at] = (folded[at] as number) | byte;
    return folded;
  }
  const otherWords = wordsOf(other) ?? new Uint32Array(0);
  for (let at = 0; at < words.length; at++) {
    words[at] = (words[at] as number) | (otherWords[at] as number);
  }
  return folded;
}

/** Four bytes at once; `undefined` when there are fewer. */
function wordsOf(bits: Uint8Array): Uint32Array | undefined {
  if (bits.length % 4 !== 0) return undefined;
  return new Uint32Array(bits.buffer, bits.byteOffset, bits.length / 4);
}

function fillOf(blocks: readonly Uint8Array[], rows: number): number {
  let set = 0;
  for (const bits of blocks) {
    for (const word of wordsOf(bits) ?? bits) set += bitsIn(word);
  }
  return set / (rows * blocks.length);
}

/** Pairs, then fours, then bytes are added up within the word. */
function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** From one column per block to one row per gram. */
function transpose(blocks: readonly Uint8Array[], rows: number): Buffer {
  const rowBytes = rowBytesOf(blocks.length);
  const map = Buffer.alloc(rows * rowBytes);
  for (const [block, bits] of blocks.entries()) {
    const place = block >> 3;
    const mask = 1 << (block & 7);
    for (let at = 0; at < bits.length; at++) {
      // The lowest bit that is set, until none is.
      for (let rest = bits[at] as number; rest !== 0; rest &= rest - 1) {
        const bit = 31 - Math.clz32(rest & -rest);
        const cell = (at * 8 + bit) * rowBytes + place;
        map[cell] = (map[cell] as number) | mask;
      }
    }
  }
  return map;
}
