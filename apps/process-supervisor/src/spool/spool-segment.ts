/**
 * One file of the spool. Integers are little-endian.
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 8 | `MCPLSPL1` |
 * | 8 | 16 | random id of the segment; part of every message id made from it |
 * | 24 | … | frames |
 *
 * A frame:
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 4 | bytes of the payload (P); bit 31 is set when the frame does not count |
 * | 4 | 4 | CRC-32 (ISO-HDLC) of the payload |
 * | 8 | P | one or more sections of a capture batch |
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const MAGIC = Buffer.from('MCPLSPL1');
const ID_BYTES = 16;
export const SEGMENT_HEADER_BYTES = MAGIC.length + ID_BYTES;
/** In front of each payload. */
export const FRAME_PREFIX_BYTES = 8;
const VOID_FLAG = 0x8000_0000;
/** Read besides the payloads that are wanted: the prefixes of many frames. */
const PREFIXES_BYTES = 1024;
const NAME = /^(\d{12})\.spool$/;

interface Frame {
  readonly payload: Buffer;
  readonly isVoid: boolean;
}

/** What lies between two positions of a segment: payloads that count, joined, and where they end. */
export interface FrameGroup {
  readonly payload: Buffer;
  readonly start: number;
  readonly end: number;
}

/** How much of a segment is wanted: some bytes of payload, or all up to a position. */
export interface GroupLimit {
  readonly bytesMax: number;
  readonly endWanted?: number;
}

/** Both limits at once: the one that does not hold is infinite. */
export function boundsOf({ bytesMax, endWanted }: GroupLimit): {
  bytesMax: number;
  endMax: number;
} {
  if (endWanted === undefined) return { bytesMax, endMax: Number.POSITIVE_INFINITY };
  return { bytesMax: Number.POSITIVE_INFINITY, endMax: endWanted };
}

/** Number of a segment from its file name; undefined for any other file. */
export function segmentNumberOf(fileName: string): number | undefined {
  const digits = NAME.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export class SpoolSegment {
  readonly number: number;
  readonly path: string;
  /** Hexadecimal; `undefined` when the file has no readable header. */
  readonly id: string | undefined;
  readonly #fd: number;
  #bytes: number;
  readonly #prefix = Buffer.alloc(FRAME_PREFIX_BYTES);

  private constructor(path: string, number: number, fd: number) {
    this.path = path;
    this.number = number;
    this.#fd = fd;
    this.#bytes = fstatSync(fd).size;
    this.id = this.#readId();
  }

  static create(dir: string, number: number): SpoolSegment {
    const path = pathOf(dir, number);
    const fd = openSync(path, 'ax+', 0o600);
    writeSync(fd, Buffer.concat([MAGIC, randomBytes(ID_BYTES)]));
    return new SpoolSegment(path, number, fd);
  }

  static open(dir: string, number: number): SpoolSegment {
    const path = pathOf(dir, number);
    return new SpoolSegment(path, number, openSync(path, 'r'));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds one frame; it is in the page cache when the call returns.
   * @throws the file system's error; the segment is as before then
   */
  append(payload: Buffer): void {
    this.#prefix.writeUInt32LE(payload.length, 0);
    this.#prefix.writeUInt32LE(crc32(payload), 4);
    try {
      writeFully(this.#fd, this.#prefix, payload);
    } catch (error) {
      ftruncateSync(this.#fd, this.#bytes);
      throw error;
    }
    this.#bytes += FRAME_PREFIX_BYTES + payload.length;
  }

  sync(): void {
    fdatasyncSync(this.#fd);
  }

  /**
   * The frames from `start` on, as many as fit `bytesMax` (at least one), or exactly those up to
   * `endWanted`. Undefined at the end of the whole frames: `end` or torn bytes. The payload lies
   * in `memory`.
   */
  read(start: number, limit: GroupLimit, memory: ReadMemory): FrameGroup | undefined {
    const { bytesMax, endMax } = boundsOf(limit);
    const wanted = Math.min(bytesMax + PREFIXES_BYTES, endMax - start);
    const span = this.#readSpan(start, wanted, memory);
    let at = 0;
    let total = 0;
    for (let frame = frameAt(span, 0); frame !== undefined; frame = frameAt(span, at)) {
      const { payload, isVoid } = frame;
      if (start + at >= endMax || (total > 0 && total + payload.length > bytesMax)) break;
      at += FRAME_PREFIX_BYTES + payload.length;
      if (isVoid) continue;
      payload.copy(span, total);
      total += payload.length;
    }
    if (at === 0) return undefined;
    return { payload: span.subarray(0, total), start, end: start + at };
  }

  /** The bytes from `start` on: so many as are there of those wanted, and a whole frame at least. */
  #readSpan(start: number, wanted: number, memory: ReadMemory): Buffer {
    const left = this.#bytes - start;
    if (left < FRAME_PREFIX_BYTES) return memory.take(0);
    const prefix = this.#readAt(start, memory.take(FRAME_PREFIX_BYTES));
    const first = FRAME_PREFIX_BYTES + lengthIn(prefix.readUInt32LE(0));
    return this.#readAt(start, memory.take(Math.min(left, Math.max(first, wanted))));
  }

  /** Marks frames from `start` on that are not to count; a mark is there whole or not at all. */
  voidFrames(start: number, isVoid: (payload: Buffer) => boolean): void {
    const fd = openSync(this.path, 'r+');
    const mark = Buffer.alloc(4);
    const memory = new ReadMemory();
    for (let at = start, frame = this.#readFrame(at, memory); frame !== undefined; ) {
      const { payload } = frame;
      const { length } = payload;
      mark.writeUInt32LE((length | VOID_FLAG) >>> 0, 0);
      if (!frame.isVoid && isVoid(payload)) writeSync(fd, mark, 0, mark.length, at);
      at += FRAME_PREFIX_BYTES + length;
      frame = this.#readFrame(at, memory);
    }
    closeSync(fd);
  }

  close(): void {
    closeSync(this.#fd);
  }

  delete(): void {
    this.close();
    unlinkSync(this.path);
  }

  #readFrame(at: number, memory: ReadMemory): Frame | undefined {
    return frameAt(this.#readSpan(at, 0, memory), 0);
  }

  #readId(): string | undefined {
    if (this.#bytes < SEGMENT_HEADER_BYTES) return undefined;
    const header = this.#readAt(0, Buffer.alloc(SEGMENT_HEADER_BYTES));
    if (!header.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
    return header.toString('hex', MAGIC.length);
  }

  /** Fills `bytes`, or as much of them as the file has. */
  #readAt(position: number, bytes: Buffer): Buffer {
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(this.#fd, bytes, done, bytes.length - done, position + done);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  }
}

/** What is read from files, one after the other, in one piece of memory. */
export class ReadMemory {
  #bytes = Buffer.alloc(0);

  /** What was taken before is used for something else from now on. */
  take(length: number): Buffer {
    if (length > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(length);
    return this.#bytes.subarray(0, length);
  }
}

/** A whole frame that begins there; undefined when there is none. */
function frameAt(bytes: Buffer, at: number): Frame | undefined {
  const payloadAt = at + FRAME_PREFIX_BYTES;
  if (payloadAt > bytes.length) return undefined;
  const word = bytes.readUInt32LE(at);
  const length = lengthIn(word);
  if (payloadAt + length > bytes.length) return undefined;
  const payload = bytes.subarray(payloadAt, payloadAt + length);
  const isWhole = crc32(payload) === bytes.readUInt32LE(at + 4);
  return isWhole ? { payload, isVoid: word !== length } : undefined;
}

function lengthIn(word: number): number {
  return (word & ~VOID_FLAG) >>> 0;
}

function pathOf(dir: string, number: number): string {
  return join(dir, `${String(number).padStart(12, '0')}.spool`);
}

/** A disk that is nearly full takes a part. */
function writeFully(fd: number, prefix: Buffer, payload: Buffer): void {
  let done = writevSync(fd, [prefix, payload]);
  while (done < prefix.length) done += writeSync(fd, prefix, done);
  const bytes = prefix.length + payload.length;
  while (done < bytes) done += writeSync(fd, payload, done - prefix.length);
}
