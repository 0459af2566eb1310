/** The first 256 bytes of an index. FORMAT.md, "Index and seal", has the bytes. */
import { crc32 } from 'node:zlib';
import { readInt64, writeInt64 } from './little-endian.ts';
import { HASH_BYTES } from './merkle.ts';
import type { SealFacts } from './seal-facts.ts';

export const INDEX_HEADER_BYTES = 256;
const VERSION = 1;
const MAGIC = Buffer.from(`mcplidx${String.fromCharCode(VERSION)}`, 'latin1');

const BLOCKS_AT = 8;
const MINUTES_AT = 12;
const GRAM_ROWS_AT = 16;
const SEAL_BYTES_AT = 20;
const STORED_AT = 24;
const PLAIN_AT = 32;
const LINES_AT = 40;
const DAMAGED_AT = 48;
const FIRST_SEQ_AT = 56;
const LAST_SEQ_AT = 64;
const FIRST_MS_AT = 72;
const LAST_MS_AT = 80;
const PLAIN_SHA256_AT = 88;
const ROOT_AT = 120;
const TABLES_SHA256_AT = 152;
const GRAMS_SHA256_AT = 184;
const SEAL_SHA256_AT = 216;
const CHECK_AT = 252;

/** What is sealed of the segment, where it is in this file, and hashes of the rest of the file. */
export interface IndexHeader extends Omit<SealFacts, 'name' | 'indexSha256'> {
  readonly minuteRows: number;
  readonly gramRows: number;
  readonly sealBytes: number;
  /** Zeros when blocks are missing, see `rebuildIndex`. */
  readonly plainSha256: Buffer;
  /** Of block table, minute table and gram checks. */
  readonly tablesSha256: Buffer;
  readonly gramsSha256: Buffer;
  readonly sealSha256: Buffer;
}

export function encodeIndexHeader(header: IndexHeader): Buffer {
  const bytes = Buffer.alloc(INDEX_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(header.blocks, BLOCKS_AT);
  bytes.writeUInt32LE(header.minuteRows, MINUTES_AT);
  bytes.writeUInt32LE(header.gramRows, GRAM_ROWS_AT);
  bytes.writeUInt32LE(header.sealBytes, SEAL_BYTES_AT);
  writeInt64(bytes, header.storedBytes, STORED_AT);
  writeInt64(bytes, header.plainBytes, PLAIN_AT);
  writeInt64(bytes, header.lines, LINES_AT);
  writeInt64(bytes, header.damaged, DAMAGED_AT);
  writeInt64(bytes, header.firstSeq, FIRST_SEQ_AT);
  writeInt64(bytes, header.lastSeq, LAST_SEQ_AT);
  writeInt64(bytes, header.firstMs, FIRST_MS_AT);
  writeInt64(bytes, header.lastMs, LAST_MS_AT);
  header.plainSha256.copy(bytes, PLAIN_SHA256_AT);
  header.root.copy(bytes, ROOT_AT);
  header.tablesSha256.copy(bytes, TABLES_SHA256_AT);
  header.gramsSha256.copy(bytes, GRAMS_SHA256_AT);
  header.sealSha256.copy(bytes, SEAL_SHA256_AT);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECK_AT)), CHECK_AT);
  return bytes;
}

/** @returns `undefined` for what is no sound header of this version. */
export function decodeIndexHeader(bytes: Buffer): IndexHeader | undefined {
  if (bytes.length < INDEX_HEADER_BYTES) return undefined;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (crc32(bytes.subarray(0, CHECK_AT)) !== bytes.readUInt32LE(CHECK_AT)) return undefined;
  const hash = (at: number) => Buffer.from(bytes.subarray(at, at + HASH_BYTES));
  return {
    blocks: bytes.readUInt32LE(BLOCKS_AT),
    minuteRows: bytes.readUInt32LE(MINUTES_AT),
    gramRows: bytes.readUInt32LE(GRAM_ROWS_AT),
    sealBytes: bytes.readUInt32LE(SEAL_BYTES_AT),
    storedBytes: readInt64(bytes, STORED_AT),
    plainBytes: readInt64(bytes, PLAIN_AT),
    lines: readInt64(bytes, LINES_AT),
    damaged: readInt64(bytes, DAMAGED_AT),
    firstSeq: readInt64(bytes, FIRST_SEQ_AT),
    lastSeq: readInt64(bytes, LAST_SEQ_AT),
    firstMs: readInt64(bytes, FIRST_MS_AT),
    lastMs: readInt64(bytes, LAST_MS_AT),
    plainSha256: hash(PLAIN_SHA256_AT),
    root: hash(ROOT_AT),
    tablesSha256: hash(TABLES_SHA256_AT),
    gramsSha256: hash(GRAMS_SHA256_AT),
    sealSha256: hash(SEAL_SHA256_AT),
  };
}
