/**
 * The payload of `capture.<shard>`: one or more sections, each the entries of one instance in
 * order. All integers are little-endian.
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 4 | bytes of the section header (H) |
 * | 4 | 4 | bytes of the records (R) |
 * | 8 | H | section header, JSON: {@link SectionHeader} |
 * | 8+H | R | `count` records |
 *
 * A record, whose n is the header's `firstN` plus its place:
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 8 | capture time, milliseconds since 1970, double |
 * | 8 | 4 | bytes of the message (M) |
 * | 12 | 2 | bytes of the metadata (D) |
 * | 14 | 1 | entry type: index into ENTRY_TYPES |
 * | 15 | 1 | level: 0 = the writer infers it, else 1 + index into LEVELS |
 * | 16 | M | message, UTF-8, already masked |
 * | 16+M | D | metadata: the inside of a JSON object without its braces, or nothing |
 */
import { ENTRY_TYPES, type EntryType, LEVELS, type Level } from '@mcplog/log-entry';
import { RECORD_PREFIX_BYTES, RecordCursor } from './record-cursor.ts';

const SECTION_PREFIX_BYTES = 8;
/** Room in front of the records for the section's prefix and an ordinary header. */
const FRONT_BYTES = 1024;
const LOOP_BYTES_MAX = 192;
/** A record's metadata is refused above this size. */
export const RECORD_METADATA_BYTES_MAX = 0xffff;

/** Where lines of stderr go: always error.log (the seed's rule), or by their level. */
export type StderrRouting = 'error-log' | 'by-level';

/** What all entries of a section share. */
export interface SectionHeader {
  readonly userId: string;
  readonly instanceId: string;
  readonly service: string;
  readonly run: number;
  readonly firstN: number;
  readonly count: number;
  readonly stderrRouting: StderrRouting;
}

/** One entry on its way to the writer. */
export interface CaptureRecord {
  /** Milliseconds since 1970, UTC. */
  readonly timestampMs: number;
  readonly type: EntryType;
  /** Absent: the writer infers it from the message. */
  readonly level?: Level | undefined;
  readonly message: string;
  /** The inside of a JSON object without braces, such as `"pid":7,"ansi":true`; may be empty. */
  readonly metadata: string;
}

/** Lines that are a record each and differ in their message only. */
export interface LineRecords extends Omit<CaptureRecord, 'message' | 'level'> {
  /** Holds the lines, each with its line end. */
  readonly chunk: Uint8Array;
  /** Where the first one begins. */
  readonly start: number;
  /** Places of line ends: theirs are `ends[first]` to `ends[first + count - 1]`. */
  readonly ends: Uint32Array;
  readonly first: number;
  readonly count: number;
}

/** Collects the records of one instance into a section; used again and again. */
export class SectionEncoder {
  /** The records begin behind the room for their header. */
  #buffer: Buffer;
  #used = FRONT_BYTES;
  #count = 0;

  constructor(capacityBytes = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafeSlow(FRONT_BYTES + capacityBytes);
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of the records collected so far. */
  get bytes(): number {
    return this.#used - FRONT_BYTES;
  }

  /** Bytes of memory it keeps. */
  get capacity(): number {
    return this.#buffer.length;
  }

  append(record: CaptureRecord): void {
    const { message, metadata } = record;
    // A UTF-16 unit takes at most three bytes of UTF-8.
    this.#reserve(RECORD_PREFIX_BYTES + 3 * (message.length + metadata.length));
    const at = this.#used;
    const buffer = this.#buffer;
    const messageBytes = buffer.write(message, at + RECORD_PREFIX_BYTES, 'utf8');
    const metadataAt = at + RECORD_PREFIX_BYTES + messageBytes;
    const metadataBytes = metadata === '' ? 0 : buffer.write(metadata, metadataAt, 'utf8');
    assertMetadataFits(metadataBytes);
    buffer.writeDoubleLE(record.timestampMs, at);
    buffer.writeUInt32LE(messageBytes, at + 8);
    buffer.writeUInt16LE(metadataBytes, at + 12);
    buffer[at + 14] = ENTRY_TYPES.indexOf(record.type);
    buffer[at + 15] = record.level === undefined ? 0 : 1 + LEVELS.indexOf(record.level);
    this.#used = metadataAt + metadataBytes;
    this.#count++;
  }

  /**
   * Adds a record for each of these lines, as {@link append} adds one. They are ASCII, in a row in
   * `chunk` from `start` on; `ends` has the place of each one's line end.
   */
  appendLines(lines: LineRecords): void {
    const { chunk, start, ends, first, count } = lines;
    const metadata = Buffer.from(lines.metadata, 'utf8');
    assertMetadataFits(metadata.length);
    const bytes = (ends[first + count - 1] as number) - start;
    this.#reserve(bytes + count * (RECORD_PREFIX_BYTES + metadata.length));
    const buffer = this.#buffer;
    const prefix = Buffer.alloc(RECORD_PREFIX_BYTES);
    prefix.writeDoubleLE(lines.timestampMs, 0);
    prefix.writeUInt16LE(metadata.length, 12);
    prefix[14] = ENTRY_TYPES.indexOf(lines.type);
    let at = this.#used;
    let from = start;
    for (let i = first; i < first + count; i++) {
      const end = ends[i] as number;
      copyBytes(prefix, { from: 0, end: RECORD_PREFIX_BYTES, to: buffer, at });
      writeLength(buffer, at + 8, end - from);
      at += RECORD_PREFIX_BYTES;
      copyBytes(chunk, { from, end, to: buffer, at });
      at += end - from;
      copyBytes(metadata, { from: 0, end: metadata.length, to: buffer, at });
      at += metadata.length;
      from = end + 1;
    }
    this.#used = at;
    this.#count += count;
  }

  /** The finished section, a view until the encoder takes a record again: it is empty now. */
  finish(header: Omit<SectionHeader, 'count'>): Buffer {
    const json = JSON.stringify({ ...header, count: this.#count });
    const headerBytes = Buffer.byteLength(json);
    const recordBytes = this.bytes;
    const section = this.#withRoomFor(SECTION_PREFIX_BYTES + headerBytes);
    section.writeUInt32LE(headerBytes, 0);
    section.writeUInt32LE(recordBytes, 4);
    section.write(json, SECTION_PREFIX_BYTES);
    this.#used = FRONT_BYTES;
    this.#count = 0;
    return section;
  }

  /** The records with so many bytes in front of them. */
  #withRoomFor(bytes: number): Buffer {
    const start = FRONT_BYTES - bytes;
    if (start >= 0) return this.#buffer.subarray(start, this.#used);
    const roomy = Buffer.allocUnsafeSlow(bytes + this.bytes);
    this.#buffer.copy(roomy, bytes, FRONT_BYTES, this.#used);
    return roomy;
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(grown, 0, 0, this.#used);
    this.#buffer = grown;
  }
}

function assertMetadataFits(bytes: number): void {
  if (bytes <= RECORD_METADATA_BYTES_MAX) return;
  throw new RangeError(`metadata of ${bytes} bytes in one record`);
}

interface BytesCopied {
  readonly from: number;
  readonly end: number;
  readonly to: Uint8Array;
  readonly at: number;
}

/** For few bytes a loop takes less time than the call of native code. */
function copyBytes(bytes: Uint8Array, { from, end, to, at }: BytesCopied): void {
  if (end - from > LOOP_BYTES_MAX) to.set(bytes.subarray(from, end), at);
  else for (let i = from, place = at; i < end; i++, place++) to[place] = bytes[i] as number;
}

/** Little-endian. */
function writeLength(to: Uint8Array, at: number, length: number): void {
  to[at] = length;
  to[at + 1] = length >> 8;
  to[at + 2] = length >> 16;
  to[at + 3] = length >> 24;
}

/** One record as it lies in a batch; the buffers are views, valid as long as the batch is. */
export interface RecordView {
  readonly timestampMs: number;
  readonly type: EntryType;
  readonly level: Level | undefined;
  readonly message: Buffer;
  readonly metadata: Buffer;
}

/** One section of a batch; its records may be walked once or more. */
export interface SectionView {
  readonly header: SectionHeader;
  /** The batch, in which the records are from `start` to `end`. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly records: Iterable<RecordView>;
  /** Walks them without an object for each. */
  readonly cursor: () => RecordCursor;
}

/**
 * Walks a batch.
 * @throws RangeError when lengths do not add up: such a message was not made by an encoder.
 */
export function* decodeCaptureBatch(batch: Buffer): Generator<SectionView> {
  let at = 0;
  while (at < batch.length) {
    if (at + SECTION_PREFIX_BYTES > batch.length) throw new RangeError('section prefix is cut');
    const headerEnd = at + SECTION_PREFIX_BYTES + batch.readUInt32LE(at);
    const end = headerEnd + batch.readUInt32LE(at + 4);
    if (end > batch.length) throw new RangeError('section is cut');
    const header = JSON.parse(batch.toString('utf8', at + SECTION_PREFIX_BYTES, headerEnd));
    yield {
      header,
      bytes: batch,
      start: headerEnd,
      end,
      records: { [Symbol.iterator]: () => walkRecords(batch, headerEnd, end) },
      cursor: () => new RecordCursor(batch, headerEnd, end),
    };
    at = end;
  }
}

function* walkRecords(batch: Buffer, start: number, end: number): Generator<RecordView> {
  const cursor = new RecordCursor(batch, start, end);
  while (cursor.next()) {
    yield {
      timestampMs: cursor.timestampMs,
      type: cursor.type,
      level: cursor.level,
      message: batch.subarray(cursor.messageAt, cursor.metadataAt),
      metadata: batch.subarray(cursor.metadataAt, cursor.end),
    };
  }
}
