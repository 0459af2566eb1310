/**
 * Work that any thread can do: some pieces of one open file against one filter. Questions and
 * answers are plain data, so that they can be sent.
 */
import { compileFilter, type LogFilter } from '@mcplog/log-query';
import { BucketCounter, type BucketRange } from '../read/bucket-counter.ts';
import { createMatcher, type LineMatcher } from '../read/line-matcher.ts';
import type { LineBatch } from '../read/line-source.ts';
import { clipMatches, type Matches, type SeqBounds } from '../read/matches.ts';
import type { ScanGuard } from '../read/scan-guard.ts';
import { soundMatches } from '../read/sound-lines.ts';
import type { RowFormat, RowWriter } from '../rows/row-format.ts';
import { inflateMember } from '../segment/gzip-member.ts';
import { leafHash } from '../segment/merkle.ts';
import { releaseMemory } from './release-memory.ts';

/** A stretch of an open file. */
export type ScanPiece =
  /** Whole lines of a plain file. */
  | { readonly kind: 'lines'; readonly offset: number; readonly bytes: number }
  /** One member of a segment; without its leaf hash its own checksums speak for it. */
  | {
      readonly kind: 'block';
      readonly offset: number;
      readonly bytes: number;
      readonly plainBytes: number;
      readonly leaf?: Uint8Array;
    };

export type ScanWant = 'count' | 'lines' | BucketRange;

export interface ScanTask extends SeqBounds {
  /** Open in this process, whichever thread opened it, until the answer is there. */
  readonly fd: number;
  readonly filter: LogFilter;
  readonly pieces: readonly ScanPiece[];
  readonly want: ScanWant;
  /** Lines are wanted in this form; then a task has one piece. */
  readonly rows?: RowFormat;
  /** Lines go out as they are: those of plain files are parsed to be sure that they are entries. */
  readonly isChecked?: boolean;
  /** One line may take long; such tasks have a thread of their own. */
  readonly isHeavy: boolean;
}

export interface ScanAnswer {
  /** Matching lines. */
  readonly lines: number;
  /** Lines looked at that are no entries. */
  readonly damaged: number;
  /** Places of the pieces that could not be read as they were written. */
  readonly broken: readonly number[];
  /** One for each piece, when lines were wanted. */
  readonly batches: readonly LineBatch[];
  /** `BucketCounter.pack`, when buckets were wanted. */
  readonly buckets?: Float64Array;
  /** Plain text looked at. */
  readonly plainBytes: number;
  /** To be called when the batches were looked at, if it is there. */
  readonly release?: () => void;
}

/** The bytes of a piece as they lie in the file; fewer at the end of the file. */
export type ReadPiece = (fd: number, piece: ScanPiece) => Buffer;

export interface ScanRoom {
  readonly read: ReadPiece;
  readonly guard: ScanGuard;
  /** Whose memory the rows of the answer lie in. */
  readonly rowWriter: () => RowWriter;
}

export function runScanTask(
  task: ScanTask,
  { read, guard, rowWriter }: ScanRoom,
  matcher: LineMatcher,
): ScanAnswer {
  const buckets = typeof task.want === 'object' ? new BucketCounter(task.want) : undefined;
  const batches: LineBatch[] = [];
  const broken: number[] = [];
  let [lines, damaged, plainBytes] = [0, 0, 0];
  for (const [place, piece] of task.pieces.entries()) {
    guard.check();
    const chunk = plainOf(read(task.fd, piece), piece);
    if (chunk === undefined) {
      broken.push(place);
      if (task.want === 'lines') batches.push(NOTHING);
      continue;
    }
    const found = clipMatches(matcher.scan(chunk, guard), task);
    const isDoubted = task.isChecked === true && piece.kind === 'lines';
    const matches = isDoubted ? soundMatches({ chunk, matches: found }) : found;
    lines += matches.seqs.length;
    damaged += matches.damaged;
    plainBytes += chunk.length;
    buckets?.addMatches({ chunk, matches });
    const isKept = task.want === 'lines' && task.rows === undefined;
    if (task.want === 'lines' && task.rows !== undefined) {
      const rows = rowWriter().rowsOf({ chunk, matches }, task.rows, piece.kind === 'block');
      // Only now is it known which lines are entries.
      lines += rows.matches.seqs.length - matches.seqs.length;
      damaged += rows.matches.damaged - matches.damaged;
      batches.push(rows);
    }
    if (isKept) batches.push({ chunk, matches });
    else if (piece.kind === 'block') releaseMemory(chunk);
  }
  const packed = buckets === undefined ? {} : { buckets: buckets.pack() };
  return { lines, damaged, broken, batches, plainBytes, ...packed };
}

const NO_MATCHES: Matches = { seqs: [], starts: [], ends: [], entries: [], damaged: 0 };
const NOTHING: LineBatch = { chunk: Buffer.alloc(0), matches: NO_MATCHES };

/** The plain text of a piece; `undefined` when it is not what was written. */
export function plainOf(stored: Buffer, piece: ScanPiece): Buffer | undefined {
  if (stored.length < piece.bytes) return undefined;
  if (piece.kind === 'lines') return stored;
  const { leaf } = piece;
  if (leaf !== undefined && !leafHash(stored).equals(leaf)) return undefined;
  return inflateMember(stored, leaf !== undefined);
}

const MATCHERS_MAX = 16;

/** Matchers of the filters seen last, so that not every task compiles its filter. */
export class MatcherCache {
  readonly #matchers = new Map<string, LineMatcher>();

  matcherOf(filter: LogFilter): LineMatcher {
    const key = JSON.stringify(filter);
    const matcher = this.#matchers.get(key) ?? createMatcher(compileFilter(filter));
    this.#matchers.delete(key);
    this.#matchers.set(key, matcher);
    for (const oldest of this.#matchers.keys()) {
      if (this.#matchers.size <= MATCHERS_MAX) break;
      this.#matchers.delete(oldest);
    }
    return matcher;
  }
}
