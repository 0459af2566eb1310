/** Reads a chain of records and says where it is not as it was written. */

import type { Disk } from '@mcplog/log-store/check';
import type { Static, TSchema } from 'typebox';
import { readWholeFile } from '../durable-file.ts';
import { linesOf, type RecordBody, type Tip, wholeBytes } from '../journal.ts';
import { hashOf, parseStatement, type Signed } from '../statement.ts';
import type { Finding } from './finding.ts';
import type { KeyRing } from './key-ring.ts';

export interface JournalToRead<Schema extends TSchema> {
  readonly disk: Disk;
  readonly path: string;
  /** As findings name it. */
  readonly file: string;
  readonly schema: Schema;
  readonly signer: string;
  readonly ring: KeyRing;
  /** `checkpoint-…` or `journal-…` findings. */
  readonly kind: 'checkpoint' | 'journal';
  /** True for a journal that is written anew from time to time, so that it may begin anywhere. */
  readonly isCompacted: boolean;
}

export interface ReadJournal<Record> {
  readonly records: readonly Record[];
  readonly findings: readonly Finding[];
  /** Hash of each sound record. */
  readonly hashes: ReadonlyMap<number, string>;
  readonly tip: Tip | undefined;
  readonly uncheckedSignatures: number;
  /** True when a record at the end was not written to its end: what a power cut leaves. */
  readonly isUnfinished: boolean;
}

export function readJournal<Schema extends TSchema>(
  journal: JournalToRead<Schema>,
): ReadJournal<Static<Schema>> {
  const { disk, path, schema } = journal;
  const data = readWholeFile(disk, path);
  const state = new ReadingState<Static<Schema>>(journal);
  const end = data === undefined ? 0 : wholeBytes(data, schema);
  let line = 0;
  for (const text of linesOf(data?.subarray(0, end))) {
    line++;
    const record = parseStatement(schema, text);
    if (record === undefined) state.damaged(line, 'is no record');
    else state.take(record, record as Signed<RecordBody>, line);
  }
  if (data !== undefined && data.length > end) {
    const isBeginning = isUnfinished(data.subarray(end), journal);
    if (isBeginning && state.findings.length === 0) state.isUnfinished = true;
    else state.damaged(line + 1, 'is cut off');
  }
  return state;
}

/** The beginning of a record and nothing behind its end, zeros in place of what was not written. */
function isUnfinished(tail: Buffer, { schema }: JournalToRead<TSchema>): boolean {
  const hole = tail.indexOf(0);
  const text = tail.toString('utf8', 0, hole < 0 ? tail.length : hole);
  const beginning = '{"body":{"kind":"';
  if (!beginning.startsWith(text.slice(0, beginning.length))) return false;
  const end = text.lastIndexOf('}') + 1;
  return end === text.length || parseStatement(schema, text.slice(0, end)) === undefined;
}

class ReadingState<Record> implements ReadJournal<Record> {
  readonly records: Record[] = [];
  readonly findings: Finding[] = [];
  readonly hashes = new Map<number, string>();
  tip: Tip | undefined;
  uncheckedSignatures = 0;
  isUnfinished = false;
  readonly #journal: JournalToRead<TSchema>;
  /** Damaged lines since the last sound one: that many numbers may be missing. */
  #damagedLines = 0;

  constructor(journal: JournalToRead<TSchema>) {
    this.#journal = journal;
  }

  damaged(line: number, words: string): void {
    this.#damagedLines++;
    this.#report('damaged', `line ${line} ${words}`);
  }

  take(record: Record, signed: Signed<RecordBody>, line: number): void {
    const { ring, signer } = this.#journal;
    const verdict = signed.body.signer === signer ? ring.check(signed) : 'bad';
    if (verdict === 'unknown' && ring.isIncomplete(signer)) this.uncheckedSignatures++;
    else if (verdict === 'forged') {
      this.#report('forged', `line ${line} is signed by a key that was not in use at its time`);
    } else if (verdict !== 'good') {
      this.damaged(line, 'is not what was signed');
      return;
    }
    this.#checkOrder(signed.body, line);
    this.#damagedLines = 0;
    const hash = hashOf(signed);
    this.records.push(record);
    this.hashes.set(signed.body.number, hash);
    this.tip = { number: signed.body.number, hash };
  }

  #checkOrder({ number, previous }: RecordBody, line: number): void {
    const { isCompacted } = this.#journal;
    const before = this.tip;
    const expected = (before?.number ?? 0) + 1;
    if (before === undefined && isCompacted) return;
    if (number === expected) {
      if (previous !== (before?.hash ?? null)) {
        this.#report('damaged', `line ${line} does not follow the one before it`);
      }
      return;
    }
    if (number > expected && number <= expected + this.#damagedLines) return;
    const words =
      number > expected
        ? `numbers ${expected} to ${number - 1} are missing before line ${line}`
        : `line ${line} repeats number ${number}`;
    this.#report(number > expected ? 'missing' : 'damaged', words);
  }

  #report(problem: 'damaged' | 'forged' | 'missing', message: string): void {
    const { kind, file } = this.#journal;
    this.findings.push({ kind: `${kind}-${problem}`, file, message });
  }
}
