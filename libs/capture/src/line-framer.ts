import { createHash, type Hash } from 'node:crypto';
import { cleanLine, LINE_FLAGS, needsCleaning } from './line-text.ts';

/** Bytes of a line that are kept; the rest is counted and hashed. */
export const LINE_BYTES_MAX = 64 * 1024;
/** How far back from the cut a delimiter is looked for, so that no half secret is left there. */
const CUT_BACK_BYTES = 1024;
/** A carry buffer above this size is given back after its line. */
const CARRY_BYTES_KEPT = 4096;

const LF = 0x0a;
const CR = 0x0d;

/** One line without its end. */
export interface FramedLine {
  readonly text: string;
  /** {@link LINE_FLAGS}, joined. */
  readonly flags: number;
  /** Bytes the child printed for it, without the line end and without earlier progress states. */
  readonly bytes: number;
  /** Of all those bytes, hexadecimal; only when the text does not show them all, else empty. */
  readonly sha256: string;
}

/** Sees every byte of a line that is longer than {@link LINE_BYTES_MAX}. */
export interface OversizeReader {
  /** A new long line begins. */
  reset(): void;
  push(bytes: Buffer): void;
}

/**
 * Cuts a stream of bytes into lines at 0x0A and nowhere else (not at U+2028, not at a bare CR).
 * The result does not depend on how the bytes were cut into chunks. Holds at most
 * {@link LINE_BYTES_MAX} bytes, however long a line is.
 */
export class LineFramer {
  readonly #onLine: (line: FramedLine) => void;
  readonly #oversize: OversizeReader | undefined;
  #carry: Buffer = Buffer.alloc(0);
  #kept = 0;
  #bytes = 0;
  #hash: Hash | undefined;
  #flags = 0;
  #open = false;
  #afterReturn = false;

  constructor(onLine: (line: FramedLine) => void, oversize?: OversizeReader) {
    this.#onLine = onLine;
    this.#oversize = oversize;
  }

  push(chunk: Buffer): void {
    let start = 0;
    let end = chunk.indexOf(LF);
    while (end >= 0) {
      if (this.#open) {
        this.#append(chunk.subarray(start, end));
        this.#finish();
      } else this.pushLine(chunk, start, end);
      start = end + 1;
      end = chunk.indexOf(LF, start);
    }
    if (start < chunk.length) this.#append(chunk.subarray(start));
  }

  /** A line that lies whole in a chunk, when none is open; `end` is where its LF is. */
  pushLine(chunk: Buffer, start: number, end: number): void {
    if (end - start <= LINE_BYTES_MAX) this.#emitWhole(chunk, start, end);
    else {
      this.#append(chunk.subarray(start, end));
      this.#finish();
    }
  }

  /**
   * The kept bytes of a line whose end has not come yet, so that another framer can go on from
   * them; empty when there is none.
   */
  get openLine(): Buffer {
    const kept = this.#carry.subarray(0, this.#kept);
    return this.#afterReturn ? Buffer.concat([kept, Buffer.of(CR)]) : Buffer.from(kept);
  }

  /** The next bytes go on with a line that has begun. */
  get isMidLine(): boolean {
    return this.#open;
  }

  /** The stream is over: an open line is handed out as unterminated. */
  end(): void {
    if (!this.#open) return;
    this.#flags |= LINE_FLAGS.unterminated;
    this.#finish();
  }

  /** The ordinary case: a line that lies whole in one chunk. */
  #emitWhole(chunk: Buffer, start: number, lineEnd: number): void {
    let end = lineEnd;
    while (end > start && chunk[end - 1] === CR) end--;
    const text = chunk.toString('utf8', start, end);
    if (!needsCleaning(text)) {
      this.#onLine({ text, flags: 0, bytes: end - start, sha256: '' });
      return;
    }
    const line = chunk.subarray(start, end);
    const lastReturn = line.lastIndexOf(CR);
    this.#emit(line.subarray(lastReturn + 1), lastReturn < 0 ? 0 : LINE_FLAGS.progress);
  }

  #emit(state: Buffer, flags: number): void {
    const cleaned = cleanLine(state);
    const hidden = (cleaned.flags & LINE_FLAGS.binary) !== 0;
    this.#onLine({
      text: cleaned.text,
      flags: flags | cleaned.flags,
      bytes: state.length,
      sha256: hidden ? createHash('sha256').update(state).digest('hex') : '',
    });
  }

  /** Adds a piece without LF to the open line; a carriage return starts its next state. */
  #append(piece: Buffer): void {
    this.#open = true;
    let end = piece.length;
    while (end > 0 && piece[end - 1] === CR) end--;
    if (end > 0) {
      const lastReturn = piece.lastIndexOf(CR, end - 1);
      if (lastReturn >= 0 || this.#afterReturn) this.#startState();
      this.#keep(piece.subarray(lastReturn + 1, end));
      this.#afterReturn = false;
    }
    if (end < piece.length) this.#afterReturn = true;
  }

  #startState(): void {
    this.#kept = 0;
    this.#bytes = 0;
    this.#hash = undefined;
    this.#flags |= LINE_FLAGS.progress;
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > LINE_BYTES_MAX) this.#digest(piece);
    const room = Math.min(piece.length, LINE_BYTES_MAX - this.#kept);
    if (room === 0) return;
    this.#reserve(this.#kept + room);
    piece.copy(this.#carry, this.#kept, 0, room);
    this.#kept += room;
  }

  #digest(piece: Buffer): void {
    if (this.#hash === undefined) {
      this.#hash = createHash('sha256').update(this.#carry.subarray(0, this.#kept));
      this.#oversize?.reset();
      this.#oversize?.push(this.#carry.subarray(0, this.#kept));
    }
    this.#hash.update(piece);
    this.#oversize?.push(piece);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#carry.length) return;
    const size = Math.min(LINE_BYTES_MAX, Math.max(bytes, 2 * this.#carry.length, 512));
    const grown = Buffer.allocUnsafeSlow(size);
    this.#carry.copy(grown, 0, 0, this.#kept);
    this.#carry = grown;
  }

  #finish(): void {
    const { text, flags } = this.#textOfCarry();
    const hidden = (flags & (LINE_FLAGS.cut | LINE_FLAGS.binary)) !== 0;
    const line = { text, flags, bytes: this.#bytes, sha256: hidden ? this.#sha256() : '' };
    if (this.#carry.length > CARRY_BYTES_KEPT) this.#carry = Buffer.alloc(0);
    this.#kept = 0;
    this.#bytes = 0;
    this.#hash = undefined;
    this.#flags = 0;
    this.#open = false;
    this.#afterReturn = false;
    this.#onLine(line);
  }

  #textOfCarry(): { text: string; flags: number } {
    const isCut = this.#bytes > this.#kept;
    const end = isCut ? endOfCut(this.#carry, this.#kept) : this.#kept;
    const flags = this.#flags | (isCut ? LINE_FLAGS.cut : 0);
    const text = this.#carry.toString('utf8', 0, end);
    if (!needsCleaning(text)) return { text, flags };
    const cleaned = cleanLine(this.#carry.subarray(0, end));
    return { text: cleaned.text, flags: flags | cleaned.flags };
  }

  #sha256(): string {
    const hash = this.#hash ?? createHash('sha256').update(this.#carry.subarray(0, this.#kept));
    return hash.digest('hex');
  }
}

/**
 * Where the text of a cut line ends: after the last delimiter near the limit, since half a secret
 * is one that masking cannot know; at a character boundary when there is none.
 */
function endOfCut(bytes: Buffer, kept: number): number {
  for (let end = kept; end > kept - CUT_BACK_BYTES; end--) {
    if (isDelimiter(bytes[end - 1] as number)) return end;
  }
  let lead = kept - 1;
  while (lead > kept - 4 && ((bytes[lead] as number) & 0xc0) === 0x80) lead--;
  const first = bytes[lead] as number;
  const length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return lead + length <= kept ? kept : lead;
}

/** Space and the marks that stand between values: `" & , ; =` and the apostrophe. */
function isDelimiter(byte: number): boolean {
  return (
    byte === 0x20 ||
    byte === 0x22 ||
    byte === 0x26 ||
    byte === 0x27 ||
    byte === 0x2c ||
    byte === 0x3b ||
    byte === 0x3d
  );
}
