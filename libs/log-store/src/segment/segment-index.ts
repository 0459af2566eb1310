/** A whole index: header, block table, minute table, gram checks, gram map, seal. See FORMAT.md. */
import { createHash } from 'node:crypto';
import { BLOCK_ROW_BYTES, BlockTable } from './block-table.ts';
import { GRAM_PIECE_BYTES, type GramMap, gramChecksOf, rowBytesOf } from './gram-map.ts';
import {
  decodeIndexHeader,
  encodeIndexHeader,
  INDEX_HEADER_BYTES,
  type IndexHeader,
} from './index-header.ts';
import { paddedLength } from './little-endian.ts';
import { merkleRoot } from './merkle.ts';
import { MINUTE_ROW_BYTES, MinuteTable } from './minute-table.ts';
import type { SealFacts } from './seal-facts.ts';
import type { SegmentName } from './segment-name.ts';

/** Everything of an index but header and seal. */
export interface IndexTables {
  readonly blocks: BlockTable;
  readonly minutes: MinuteTable;
  readonly grams: GramMap;
}

/** Where each section begins. */
export interface IndexLayout {
  readonly blocksAt: number;
  readonly minutesAt: number;
  readonly gramChecksAt: number;
  readonly gramChecksBytes: number;
  readonly gramMapAt: number;
  readonly gramMapBytes: number;
  readonly sealAt: number;
  /** Of the whole file. */
  readonly bytes: number;
}

export function layoutOf(header: IndexHeader): IndexLayout {
  const gramMapBytes = header.gramRows * rowBytesOf(header.blocks);
  const gramChecksBytes = 4 * Math.ceil(gramMapBytes / GRAM_PIECE_BYTES);
  const blocksAt = INDEX_HEADER_BYTES;
  const minutesAt = blocksAt + header.blocks * BLOCK_ROW_BYTES;
  const gramChecksAt = minutesAt + header.minuteRows * MINUTE_ROW_BYTES;
  const gramMapAt = gramChecksAt + paddedLength(gramChecksBytes);
  const sealAt = gramMapAt + paddedLength(gramMapBytes);
  const bytes = sealAt + paddedLength(header.sealBytes);
  return {
    blocksAt,
    minutesAt,
    gramChecksAt,
    gramChecksBytes,
    gramMapAt,
    gramMapBytes,
    sealAt,
    bytes,
  };
}

/** What the header says that the tables do not: the rest of it is added up from them. */
export interface SegmentSums {
  readonly storedBytes: number;
  readonly plainBytes: number;
  readonly plainSha256: Buffer;
}

/** The facts that a seal speaks of. */
export function factsOf(name: SegmentName, header: IndexHeader): SealFacts {
  const { blocks, storedBytes, plainBytes, lines, damaged } = header;
  const { firstSeq, lastSeq, firstMs, lastMs, plainSha256, root } = header;
  const indexSha256 = sha256(header.tablesSha256, header.gramsSha256);
  return {
    name,
    blocks,
    storedBytes,
    plainBytes,
    lines,
    damaged,
    firstSeq,
    lastSeq,
    firstMs,
    lastMs,
    plainSha256,
    root,
    indexSha256,
  };
}

/** The header of an index with these tables; a seal is added by {@link encodeIndex}. */
export function headerOf(tables: IndexTables, sums: SegmentSums): IndexHeader {
  const rows = tables.blocks.rows();
  const filled = rows.filter(({ lines, damaged }) => lines > damaged);
  const add = (value: (row: (typeof rows)[number]) => number) =>
    rows.reduce((total, row) => total + value(row), 0);
  return {
    blocks: rows.length,
    minuteRows: tables.minutes.length,
    gramRows: tables.grams.rows,
    sealBytes: 0,
    ...sums,
    lines: add(({ lines }) => lines),
    damaged: add(({ damaged }) => damaged),
    firstSeq: filled[0]?.firstSeq ?? 0,
    lastSeq: filled.at(-1)?.lastSeq ?? 0,
    firstMs: least(filled.map(({ firstMs }) => firstMs)),
    lastMs: greatest(filled.map(({ lastMs }) => lastMs)),
    root: merkleRoot(tables.blocks.leaves()),
    tablesSha256: sha256(
      tables.blocks.bytes,
      tables.minutes.bytes,
      padded(gramChecksOf(tables.grams.bytes)),
    ),
    gramsSha256: sha256(tables.grams.bytes),
    sealSha256: sha256(),
  };
}

function least(values: readonly number[]): number {
  return values.reduce((best, value) => Math.min(best, value), values[0] ?? 0);
}

function greatest(values: readonly number[]): number {
  return values.reduce((best, value) => Math.max(best, value), values[0] ?? 0);
}

/** @param header as {@link headerOf} made it. */
export function encodeIndex(header: IndexHeader, tables: IndexTables, seal: Uint8Array): Buffer {
  const sealed = { ...header, sealBytes: seal.length, sealSha256: sha256(seal) };
  return Buffer.concat([
    encodeIndexHeader(sealed),
    tables.blocks.bytes,
    tables.minutes.bytes,
    padded(gramChecksOf(tables.grams.bytes)),
    padded(tables.grams.bytes),
    padded(seal),
  ]);
}

/** What is wrong with an index, by its section. */
export type IndexDamage = 'header' | 'tables' | 'gram map' | 'seal' | 'length';

export type DecodedIndex =
  | {
      readonly kind: 'sound';
      readonly header: IndexHeader;
      readonly tables: IndexTables;
      readonly seal: Buffer;
    }
  | { readonly kind: 'damaged'; readonly damage: readonly IndexDamage[] };

/** Reads a whole index and checks every byte of it; readers open theirs piece by piece instead. */
export function decodeIndex(bytes: Buffer): DecodedIndex {
  const header = decodeIndexHeader(bytes);
  if (header === undefined) return { kind: 'damaged', damage: ['header'] };
  const layout = layoutOf(header);
  const { minutesAt, gramChecksAt, gramMapAt, gramMapBytes, sealAt } = layout;
  const map = bytes.subarray(gramMapAt, gramMapAt + gramMapBytes);
  const seal = bytes.subarray(sealAt, sealAt + header.sealBytes);
  const damage: IndexDamage[] = [];
  const tables = bytes.subarray(INDEX_HEADER_BYTES, gramMapAt);
  if (!sha256(tables).equals(header.tablesSha256)) damage.push('tables');
  if (!sha256(map).equals(header.gramsSha256)) damage.push('gram map');
  if (!sha256(seal).equals(header.sealSha256)) damage.push('seal');
  const isPadded = isZero(bytes, gramMapAt + gramMapBytes, sealAt);
  const isEnded = isZero(bytes, sealAt + header.sealBytes, layout.bytes);
  if (bytes.length !== layout.bytes || !isPadded || !isEnded) damage.push('length');
  if (damage.length > 0) return { kind: 'damaged', damage };
  const blocks = new BlockTable(bytes.subarray(INDEX_HEADER_BYTES, minutesAt));
  const minutes = new MinuteTable(bytes.subarray(minutesAt, gramChecksAt));
  const grams = { rows: header.gramRows, bytes: map };
  return { kind: 'sound', header, tables: { blocks, minutes, grams }, seal };
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  return bytes.subarray(from, to).every((byte) => byte === 0);
}

function padded(section: Uint8Array): Buffer {
  const bytes = Buffer.alloc(paddedLength(section.length));
  bytes.set(section);
  return bytes;
}

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
