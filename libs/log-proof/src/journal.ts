/**
 * A chain of signed statements in one file, a line each: every record has a number and the hash of
 * the one before it. FORMAT.md lists the files that are made this way.
 */
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Disk } from '@mcplog/log-store/check';
import { openOrdinaryFile, writeAll } from '@mcplog/log-store/disk';
import Type, { type Static, type TSchema } from 'typebox';
import { makeDirectory, readWholeFile, syncDirectory, writeFileDurably } from './durable-file.ts';
import type { Signer } from './signer.ts';
import {
  Hash,
  hashOf,
  parseStatement,
  type Signed,
  type StatementBody,
  textOf,
} from './statement.ts';

/** Behind which record the chain stands. */
export interface Tip {
  readonly number: number;
  readonly hash: string;
}

/** Members of every record, behind those of every statement. */
export const RECORD_BASE = {
  /** From 1; rises by one. */
  number: Type.Integer({ minimum: 1 }),
  /** Hash of the record before it; null for the first. */
  previous: Type.Union([Hash, Type.Null()]),
} as const;

export interface RecordBody extends StatementBody {
  readonly number: number;
  readonly previous: string | null;
}

export interface JournalOptions<Schema extends TSchema> {
  readonly disk: Disk;
  readonly path: string;
  readonly kind: string;
  /** Of the signed record. */
  readonly schema: Schema;
  readonly signer: Signer;
}

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
const NEWLINE = 0x0a;

/** Appends records to one chain. */
export class Journal<Content extends object, Schema extends TSchema> {
  readonly path: string;
  readonly #options: JournalOptions<Schema>;
  #tip: Tip | undefined;
  #fd: number;
  #bytes: number;

  /**
   * Opens or creates the file. What a power cut leaves of unsynced records (a line without LF, zeros
   * behind which no record stands) is cut off; whatever else does not belong stays where it is for
   * `verify` to name, and the chain goes on behind the last sound record.
   * @param onRecord is told of each sound record, in order
   */
  constructor(options: JournalOptions<Schema>, onRecord: (record: Static<Schema>) => void) {
    const { disk, path, schema, signer } = options;
    this.#options = options;
    this.path = path;
    makeDirectory(disk, dirname(path));
    const data = readWholeFile(disk, path);
    this.#fd = openOrdinaryFile(disk, path, APPEND).fd;
    if (data === undefined) syncDirectory(disk, dirname(path));
    this.#bytes = data === undefined ? 0 : wholeBytes(data, schema);
    if (data !== undefined && data.length > this.#bytes) disk.truncate(this.#fd, this.#bytes);
    for (const text of linesOf(data?.subarray(0, this.#bytes))) {
      const record = parseStatement(schema, text);
      if (record === undefined) continue;
      const signed = record as Signed<RecordBody>;
      this.#tip = { number: signed.body.number, hash: hashOf(signed) };
      signer.noteTime(signed.body.at);
      onRecord(record);
    }
  }

  get tip(): Tip | undefined {
    return this.#tip;
  }

  /** Bytes of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Signs and appends; a reader sees it at once, durable it is after `sync`.
   * @throws Error of the file system, with the file as it was before
   */
  append(content: Content): Signed<RecordBody & Content> {
    const { disk } = this.#options;
    const record = this.#next(content);
    const line = Buffer.from(`${textOf(record)}\n`);
    try {
      writeAll({ disk, fd: this.#fd }, line, this.#bytes);
    } catch (error) {
      disk.truncate(this.#fd, this.#bytes);
      throw error;
    }
    this.#bytes += line.length;
    this.#tip = { number: record.body.number, hash: hashOf(record) };
    return record;
  }

  async sync(): Promise<void> {
    await this.#options.disk.fdatasync(this.#fd);
  }

  syncNow(): void {
    this.#options.disk.fsyncNow(this.#fd);
  }

  /** The record takes the place of all before it, durably; the chain's numbers go on. */
  replaceWith(content: Content): Signed<RecordBody & Content> {
    const { disk } = this.#options;
    const record = this.#next(content);
    const line = Buffer.from(`${textOf(record)}\n`);
    writeFileDurably(disk, this.path, line);
    disk.close(this.#fd);
    this.#fd = openOrdinaryFile(disk, this.path, APPEND).fd;
    this.#bytes = line.length;
    this.#tip = { number: record.body.number, hash: hashOf(record) };
    return record;
  }

  close(): void {
    this.#options.disk.close(this.#fd);
  }

  #next(content: Content): Signed<RecordBody & Content> {
    const { signer, kind } = this.#options;
    const number = (this.#tip?.number ?? 0) + 1;
    const previous = this.#tip?.hash ?? null;
    return signer.sign(kind, { number, previous, ...content });
  }
}

/**
 * Up to the last LF, or up to zeros behind which stands no record: pages that were never written.
 * Records behind zeros were written and signed: they stay, and the zeros are damage that is told.
 */
export function wholeBytes(data: Buffer, schema: TSchema): number {
  const hole = data.indexOf(0);
  const whole = data.lastIndexOf(NEWLINE) + 1;
  if (hole < 0 || hole >= whole) return whole;
  const start = data.lastIndexOf(NEWLINE, hole) + 1;
  for (const text of linesOf(data.subarray(start))) {
    if (parseStatement(schema, text) !== undefined) return whole;
  }
  return start;
}

/** Whole lines without their LF. A part without LF at the end is being written and left out. */
export function* linesOf(data: Buffer | undefined): Generator<string> {
  if (data === undefined) return;
  for (let start = 0; start < data.length; ) {
    const end = data.indexOf(NEWLINE, start);
    if (end < 0) return;
    yield data.toString('utf8', start, end);
    start = end + 1;
  }
}
