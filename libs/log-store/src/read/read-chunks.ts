/** Reads a stretch of a log file in chunks of whole lines, forwards or backwards. */
import type { Disk } from '../disk/disk.ts';
import { NEWLINE } from './line-frame.ts';
import type { ReadSizes } from './read-sizes.ts';
import type { Order } from './reader-types.ts';
import type { ScanGuard } from './scan-guard.ts';

/** A line beyond it is no line of ours and is stepped over. */
const LINE_BYTES_MAX = 32 * 1024 * 1024;

/** Both ends are starts of lines, or the end of the file's last whole line. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export interface OpenFile {
  readonly disk: Disk;
  readonly fd: number;
  readonly sizes: ReadSizes;
}

export interface Chunk {
  /** Whole lines; valid until the next chunk is asked for. */
  readonly bytes: Buffer;
  /** Where it starts in the file. */
  readonly offset: number;
}

export interface ChunkOptions {
  readonly order: Order;
  /** Chunks begin small, for the first page, and grow up to this. */
  readonly bytesMax: number;
  readonly guard: ScanGuard;
}

/** The next chunk is read while the caller works on the last. */
export async function* readChunks(
  file: OpenFile,
  range: ByteRange,
  { order, bytesMax, guard }: ChunkOptions,
): AsyncGenerator<Chunk> {
  const buffers = new BufferPair();
  const size = { bytes: file.sizes.chunkFirst, max: bytesMax };
  const state = { file, range: { ...range }, size, buffers };
  const next = order === 'asc' ? () => nextForward(state) : () => nextBackward(state);
  let ahead = next();
  try {
    for (;;) {
      guard.check();
      const chunk = await ahead;
      if (chunk === undefined) return;
      ahead = next();
      yield chunk;
    }
  } finally {
    // The descriptor may be closed as soon as we return, so nothing may still be reading from it.
    await ahead.catch(() => undefined);
  }
}

interface ReadState {
  readonly file: OpenFile;
  /** What is left. */
  readonly range: { from: number; to: number };
  readonly size: { bytes: number; max: number };
  readonly buffers: BufferPair;
}

async function nextForward(state: ReadState): Promise<Chunk | undefined> {
  const { file, range, size, buffers } = state;
  while (range.from < range.to) {
    const offset = range.from;
    const buffer = buffers.take(Math.min(size.bytes, range.to - offset));
    const got = await readFully(file, buffer, offset);
    const whole = got === 0 ? 0 : buffer.lastIndexOf(NEWLINE, got - 1) + 1;
    if (whole > 0) {
      range.from += whole;
      grow(state);
      return { bytes: buffer.subarray(0, whole), offset };
    }
    if (got < buffer.length) return undefined;
    if (size.bytes >= LINE_BYTES_MAX) range.from += got;
    else size.bytes *= 2;
  }
  return undefined;
}

async function nextBackward(state: ReadState): Promise<Chunk | undefined> {
  const { file, range, size, buffers } = state;
  while (range.from < range.to) {
    const want = Math.min(size.bytes, range.to - range.from);
    const offset = range.to - want;
    const buffer = buffers.take(want);
    if ((await readFully(file, buffer, offset)) < want) return undefined;
    const first = offset === range.from ? 0 : buffer.indexOf(NEWLINE) + 1;
    if (first > 0 || offset === range.from) {
      if (first < want) {
        range.to = offset + first;
        grow(state);
        return { bytes: buffer.subarray(first), offset: offset + first };
      }
    }
    if (size.bytes < LINE_BYTES_MAX) size.bytes *= 2;
    else range.to = await endOfLineBefore(file, range.from, offset);
  }
  return undefined;
}

/** The end of the last line that ends in [from, to], `from` when none does. */
async function endOfLineBefore(file: OpenFile, from: number, to: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(file.sizes.chunkFirst);
  for (let end = to; end > from; ) {
    const start = Math.max(from, end - buffer.length);
    const part = buffer.subarray(0, end - start);
    if ((await readFully(file, part, start)) < part.length) return from;
    const newline = part.lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return from;
}

/** The end of the file's last whole line: what a writer is in the middle of is left out. */
export function wholeBytes(file: OpenFile, bytes: number): Promise<number> {
  return endOfLineBefore(file, 0, bytes);
}

/** @returns the bytes read, fewer than asked at the end of the file. */
export async function readFully(
  { disk, fd }: OpenFile,
  into: Buffer,
  position: number,
): Promise<number> {
  let got = 0;
  while (got < into.length) {
    const bytes = await disk.readLater(fd, into.subarray(got), position + got);
    if (bytes === 0) break;
    got += bytes;
  }
  return got;
}

function grow({ size, buffers }: ReadState): void {
  size.bytes = Math.min(size.bytes * 2, size.max);
  buffers.swap();
}

/** Two buffers in turn: one is read into while the other is looked at. */
class BufferPair {
  #current = Buffer.alloc(0);
  #other = Buffer.alloc(0);

  take(bytes: number): Buffer {
    if (this.#current.length < bytes) this.#current = Buffer.allocUnsafeSlow(bytes);
    return this.#current.subarray(0, bytes);
  }

  swap(): void {
    [this.#current, this.#other] = [this.#other, this.#current];
  }
}
