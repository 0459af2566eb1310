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
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const MAGIC = Buffer.from('MCPLSPL1');
const ID_BYTES = 16;
export const SEGMENT_HEADER_BYTES = MAGIC.length + ID_BYTES;
const FRAME_PREFIX_BYTES = 8;
const VOID_FLAG = 0x8000_0000;
/** So much of what was appended last is kept in memory: it is mostly published at once. */
const RECENT_BYTES_MAX = 512 * 1024;
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
  /** Payloads by where their frames begin, oldest first. */
  readonly #recent = new Map<number, Buffer>();
  #recentBytes = 0;

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
    const frame = Buffer.allocUnsafe(FRAME_PREFIX_BYTES + payload.length);
    frame.writeUInt32LE(payload.length, 0);
    frame.writeUInt32LE(crc32(payload), 4);
    payload.copy(frame, FRAME_PREFIX_BYTES);
    try {
      writeFully(this.#fd, frame);
    } catch (error) {
      ftruncateSync(this.#fd, this.#bytes);
      throw error;
    }
    this.#keep(this.#bytes, payload);
    this.#bytes += frame.length;
  }

  sync(): void {
    fdatasyncSync(this.#fd);
  }

  /**
   * The frames from `start` on, as many as fit `bytesMax` (at least one), or exactly those up to
   * `endWanted`. Undefined at the end of the whole frames: `end` or torn bytes.
   */
  read(start: number, limit: { bytesMax: number; endWanted?: number }): FrameGroup | undefined {
    const payloads: Buffer[] = [];
    let at = start;
    let total = 0;
    while (at < (limit.endWanted ?? Number.POSITIVE_INFINITY)) {
      const frame = this.#readFrame(at);
      if (frame === undefined) break;
      const { length } = frame.payload;
      if (limit.endWanted === undefined && total > 0 && total + length > limit.bytesMax) break;
      if (!frame.isVoid) {
        payloads.push(frame.payload);
        total += length;
      }
      at += FRAME_PREFIX_BYTES + length;
    }
    if (at === start) return undefined;
    const [only] = payloads;
    const payload =
      payloads.length === 1 && only !== undefined ? only : Buffer.concat(payloads, total);
    return { payload, start, end: at };
  }

  /** Marks frames from `start` on that are not to count; a mark is there whole or not at all. */
  voidFrames(start: number, isVoid: (payload: Buffer) => boolean): void {
    this.#recent.clear();
    this.#recentBytes = 0;
    const fd = openSync(this.path, 'r+');
    const mark = Buffer.alloc(4);
    for (let at = start, frame = this.#readFrame(at); frame !== undefined; ) {
      const { payload } = frame;
      mark.writeUInt32LE((payload.length | VOID_FLAG) >>> 0, 0);
      if (!frame.isVoid && isVoid(payload)) writeSync(fd, mark, 0, mark.length, at);
      at += FRAME_PREFIX_BYTES + payload.length;
      frame = this.#readFrame(at);
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

  /** What is read again after a refusal, or much later, comes from the file. */
  #keep(at: number, payload: Buffer): void {
    this.#recent.set(at, payload);
    this.#recentBytes += payload.length;
    for (const [oldest, { length }] of this.#recent) {
      if (this.#recentBytes <= RECENT_BYTES_MAX) break;
      this.#recent.delete(oldest);
      this.#recentBytes -= length;
    }
  }

  #readFrame(at: number): Frame | undefined {
    const recent = this.#recent.get(at);
    if (recent !== undefined) return { payload: recent, isVoid: false };
    const left = this.#bytes - at - FRAME_PREFIX_BYTES;
    if (left < 0) return undefined;
    const prefix = this.#readAt(at, FRAME_PREFIX_BYTES);
    const word = prefix.readUInt32LE(0);
    const length = (word & ~VOID_FLAG) >>> 0;
    if (length > left) return undefined;
    const payload = this.#readAt(at + FRAME_PREFIX_BYTES, length);
    const isWhole = crc32(payload) === prefix.readUInt32LE(4);
    return isWhole ? { payload, isVoid: word !== length } : undefined;
  }

  #readId(): string | undefined {
    if (this.#bytes < SEGMENT_HEADER_BYTES) return undefined;
    const header = this.#readAt(0, SEGMENT_HEADER_BYTES);
    if (!header.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
    return header.toString('hex', MAGIC.length);
  }

  #readAt(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const read = readSync(this.#fd, bytes, done, length - done, position + done);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  }
}

function pathOf(dir: string, number: number): string {
  return join(dir, `${String(number).padStart(12, '0')}.spool`);
}

function writeFully(fd: number, bytes: Buffer): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done);
}
