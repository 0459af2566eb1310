/**
 * One block of a segment: a gzip member (RFC 1952) that any gzip tool reads, with a sub-field in its
 * header that says how long it is and what it holds. FORMAT.md, "Sealed segment", has the bytes.
 */
import { constants, crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { readInt64, writeInt64 } from './little-endian.ts';

export const MEMBER_HEADER_BYTES = 52;
const MEMBER_TRAILER_BYTES = 8;
/** Below it a member cannot be: header, an empty deflate stream, trailer. */
const MEMBER_BYTES_MIN = MEMBER_HEADER_BYTES + 2 + MEMBER_TRAILER_BYTES;

/** ID1 ID2 CM FLG=FEXTRA, MTIME 0, XFL 0, OS 255, XLEN 40, sub-field "MB" of 36 bytes. */
export const MEMBER_MAGIC = Buffer.from('1f8b08040000000000ff28004d422400', 'hex');

const STORED_AT = 16;
const PLAIN_AT = 20;
const NUMBER_AT = 24;
const LINES_AT = 28;
const FIRST_SEQ_AT = 32;
const LAST_SEQ_AT = 40;
const CHECK_AT = 48;

/**
 * zlib's level. Measured over 103 MB of the bench's lines, in CPU seconds of one thread: 3 packs
 * 6.0 : 1 at 260 MB/s, 4 packs 6.2 : 1 at 190 MB/s, 5 packs 6.3 : 1 at 161 MB/s, 6 packs 6.4 : 1 at
 * 141 MB/s. With 5, sealing as a whole stays below 80 MB per CPU second.
 */
const DEFLATE_LEVEL = 3;

/** Most blocks fit into one chunk. */
const DEFLATE = { level: DEFLATE_LEVEL, memLevel: 9, chunkSize: 64 * 1024 };

/** Longer lines are cut; a header that claims more is not ours, and must not cost memory. */
export const BLOCK_PLAIN_BYTES_MAX = 32 * 1024 * 1024;
const STORED_BYTES_MAX = BLOCK_PLAIN_BYTES_MAX + 64 * 1024;

/** What a block's plain text holds. */
export interface BlockContent {
  /** From 0, in order. */
  readonly number: number;
  /** Newlines. */
  readonly lines: number;
  /** 0 when no line is an entry. */
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export interface MemberHeader extends BlockContent {
  /** The whole member. */
  readonly storedBytes: number;
  readonly plainBytes: number;
}

/** @returns the whole member. */
export function encodeMember(plain: Uint8Array, content: BlockContent): Buffer {
  const deflated = deflateRawSync(plain, DEFLATE);
  const storedBytes = MEMBER_HEADER_BYTES + deflated.length + MEMBER_TRAILER_BYTES;
  const member = Buffer.allocUnsafeSlow(storedBytes);
  MEMBER_MAGIC.copy(member);
  member.writeUInt32LE(storedBytes, STORED_AT);
  member.writeUInt32LE(plain.length, PLAIN_AT);
  member.writeUInt32LE(content.number, NUMBER_AT);
  member.writeUInt32LE(content.lines, LINES_AT);
  writeInt64(member, content.firstSeq, FIRST_SEQ_AT);
  writeInt64(member, content.lastSeq, LAST_SEQ_AT);
  member.writeUInt32LE(crc32(member.subarray(0, CHECK_AT)), CHECK_AT);
  member.set(deflated, MEMBER_HEADER_BYTES);
  member.writeUInt32LE(crc32(plain), storedBytes - 8);
  member.writeUInt32LE(plain.length, storedBytes - 4);
  return member;
}

/** @returns `undefined` where no sound header of ours stands. */
export function decodeMemberHeader(bytes: Buffer, at = 0): MemberHeader | undefined {
  if (bytes.length < at + MEMBER_HEADER_BYTES) return undefined;
  const header = bytes.subarray(at, at + MEMBER_HEADER_BYTES);
  if (!header.subarray(0, MEMBER_MAGIC.length).equals(MEMBER_MAGIC)) return undefined;
  if (crc32(header.subarray(0, CHECK_AT)) !== header.readUInt32LE(CHECK_AT)) return undefined;
  const storedBytes = header.readUInt32LE(STORED_AT);
  const plainBytes = header.readUInt32LE(PLAIN_AT);
  if (storedBytes < MEMBER_BYTES_MIN || storedBytes > STORED_BYTES_MAX) return undefined;
  if (plainBytes > BLOCK_PLAIN_BYTES_MAX) return undefined;
  return {
    storedBytes,
    plainBytes,
    number: header.readUInt32LE(NUMBER_AT),
    lines: header.readUInt32LE(LINES_AT),
    firstSeq: readInt64(header, FIRST_SEQ_AT),
    lastSeq: readInt64(header, LAST_SEQ_AT),
  };
}

/** Where the next sound header begins at or behind `from`; -1 when none does. */
export function findMemberHeader(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(MEMBER_MAGIC, from);
  while (at >= 0 && decodeMemberHeader(bytes, at) === undefined) {
    at = bytes.indexOf(MEMBER_MAGIC, at + 1);
  }
  return at;
}

/**
 * The plain text of a whole member; `undefined` when any byte of it is wrong.
 * @param isProven its hash was compared: then its plain text's checksum, a tenth of the work, can
 *   tell nothing new.
 */
export function inflateMember(member: Buffer, isProven = false): Buffer | undefined {
  const header = decodeMemberHeader(member);
  if (header === undefined || header.storedBytes !== member.length) return undefined;
  const plain = inflate(member, header.plainBytes);
  if (plain?.length !== header.plainBytes) return undefined;
  if (isProven) return plain;
  const end = member.length;
  const isSound =
    crc32(plain) === member.readUInt32LE(end - 8) && plain.length === member.readUInt32LE(end - 4);
  return isSound ? plain : undefined;
}

function inflate(member: Buffer, plainBytes: number): Buffer | undefined {
  const deflated = member.subarray(MEMBER_HEADER_BYTES, member.length - MEMBER_TRAILER_BYTES);
  try {
    // One piece of the right size is twice as fast as pieces that are joined.
    return inflateRawSync(deflated, {
      chunkSize: Math.max(constants.Z_MIN_CHUNK, plainBytes + 1),
      maxOutputLength: Math.max(1, plainBytes),
    });
  } catch {
    return undefined;
  }
}
