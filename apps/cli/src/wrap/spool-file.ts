/**
 * One run's entries that are not accepted yet.
 *
 *   offset | size | meaning
 *   0      | 4096 | JSON of SpoolHeader, filled with spaces, the last byte a line feed
 *   4096   | …    | entries, one JSON object without `n` to a line, oldest first
 *
 * `readAt` of the header is the offset of the oldest entry that is not accepted. The name is
 * `<start ms>-<8 hex>.<pid>.spool`: the process that owns it. Only its owner writes; a file whose
 * owner is dead is taken over by renaming it.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

export const HEADER_BYTES = 4096;
const LINE_FEED = 0x0a;
const READ_BYTES = 1024 * 1024;
/** Entries of our own, which are looked at, are shorter. */
const LAST_LINE_BYTES = 8192;

const SpoolHeader = Type.Object({
  v: Type.Literal(1),
  name: Type.String(),
  /** Masked. */
  command: Type.Array(Type.String()),
  /** The platform the entries are meant for; null: whichever is found first. */
  url: Type.Union([Type.String(), Type.Null()]),
  /** The run that was begun for them; null: none yet. */
  session: Type.Union([
    Type.Object({ instanceId: Type.String(), run: Type.Integer(), acceptedN: Type.Integer() }),
    Type.Null(),
  ]),
  readAt: Type.Integer({ minimum: HEADER_BYTES }),
});
export type SpoolHeader = Static<typeof SpoolHeader>;

export class SpoolFile {
  readonly path: string;
  readonly #fd: number;
  #header: SpoolHeader;
  #end: number;

  private constructor(path: string, fd: number, start: { header: SpoolHeader; end: number }) {
    this.path = path;
    this.#fd = fd;
    this.#header = start.header;
    this.#end = start.end;
  }

  /** @throws the system's error when the folder cannot be written */
  static create(folder: string, about: Omit<SpoolHeader, 'v' | 'readAt'>): SpoolFile {
    const stem = `${Date.now()}-${randomBytes(4).toString('hex')}`;
    const path = join(folder, `${stem}.${process.pid}.spool`);
    const fd = openSync(path, 'wx+', 0o600);
    const header: SpoolHeader = { v: 1, ...about, readAt: HEADER_BYTES };
    const spool = new SpoolFile(path, fd, { header, end: HEADER_BYTES });
    spool.#writeHeader();
    return spool;
  }

  /** Takes over a dead process's file; undefined when somebody else did or it is no spool. */
  static takeOver(path: string): SpoolFile | undefined {
    const mine = path.replace(/\.\d+\.spool$/, `.${process.pid}.spool`);
    try {
      renameSync(path, mine);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const fd = openSync(mine, 'r+');
    const header = readHeader(fd);
    const { size } = fstatSync(fd);
    if (header === undefined) {
      closeSync(fd);
      // Its owner was killed before it had written anything, or somebody else wrote into it.
      if (size <= HEADER_BYTES) rmSync(mine, { force: true });
      else renameSync(mine, `${mine}.damaged`);
      return undefined;
    }
    // Shortened but the header not yet changed: everything had been accepted.
    const start = header.readAt > size ? { ...header, readAt: HEADER_BYTES } : header;
    const spool = new SpoolFile(mine, fd, { header: start, end: Math.max(size, HEADER_BYTES) });
    spool.#dropTornLine();
    return spool;
  }

  get header(): SpoolHeader {
    return this.#header;
  }

  /** Bytes of entries that are not accepted. */
  get bytes(): number {
    return this.#end - this.#header.readAt;
  }

  /** Changes what is known of the run and the platform. */
  update(change: Partial<Pick<SpoolHeader, 'url' | 'session'>>): void {
    this.#header = { ...this.#header, ...change };
    this.#writeHeader();
  }

  /** All of the lines or none. @throws the system's error, such as ENOSPC */
  append(lines: readonly Buffer[]): void {
    const bytes = Buffer.concat(lines);
    try {
      let done = 0;
      while (done < bytes.length) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#end + done);
      }
      this.#end += bytes.length;
    } catch (error) {
      ftruncateSync(this.#fd, this.#end);
      throw error;
    }
  }

  /** The oldest lines, each with its line feed: at most so many and so many bytes, but one. */
  read(limits: { readonly lines: number; readonly bytes: number }): Buffer[] {
    const lines: Buffer[] = [];
    const size = Math.min(this.bytes, Math.max(limits.bytes, READ_BYTES));
    const piece = Buffer.alloc(size);
    const length = readSync(this.#fd, piece, 0, size, this.#header.readAt);
    let from = 0;
    while (lines.length < limits.lines) {
      const end = piece.subarray(0, length).indexOf(LINE_FEED, from) + 1;
      if (end === 0 || (lines.length > 0 && end > limits.bytes)) break;
      lines.push(piece.subarray(from, end));
      from = end;
    }
    return lines;
  }

  /** Whether the newest entry holds the text. */
  lastLineHolds(text: string): boolean {
    const size = Math.min(this.bytes, LAST_LINE_BYTES);
    const tail = Buffer.alloc(size);
    readSync(this.#fd, tail, 0, size, this.#end - size);
    const last = tail.subarray(tail.lastIndexOf(LINE_FEED, -2) + 1);
    return last.includes(text);
  }

  /** The oldest bytes are accepted, or given up. */
  drop(bytes: number): void {
    let readAt = this.#header.readAt + bytes;
    if (readAt >= this.#end) {
      readAt = HEADER_BYTES;
      ftruncateSync(this.#fd, HEADER_BYTES);
      this.#end = HEADER_BYTES;
    }
    this.#header = { ...this.#header, readAt };
    this.#writeHeader();
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Closes and removes it. */
  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }

  #writeHeader(): void {
    const block = Buffer.alloc(HEADER_BYTES, 0x20);
    const text = JSON.stringify(this.#header);
    if (Buffer.byteLength(text) >= HEADER_BYTES) throw new Error('the spool header is too long');
    block.write(text);
    block[HEADER_BYTES - 1] = LINE_FEED;
    writeSync(this.#fd, block, 0, HEADER_BYTES, 0);
  }

  /** A process that was killed while it wrote leaves half a line. */
  #dropTornLine(): void {
    const tail = Buffer.alloc(1);
    while (this.#end > this.#header.readAt) {
      readSync(this.#fd, tail, 0, 1, this.#end - 1);
      if (tail[0] === LINE_FEED) break;
      this.#end--;
    }
    ftruncateSync(this.#fd, this.#end);
  }
}

function readHeader(fd: number): SpoolHeader | undefined {
  const block = Buffer.alloc(HEADER_BYTES);
  if (readSync(fd, block, 0, HEADER_BYTES, 0) < HEADER_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(block.toString('utf8'));
    return Value.Check(SpoolHeader, value) ? value : undefined;
  } catch {
    return undefined;
  }
}
