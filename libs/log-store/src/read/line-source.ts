/** Where lines come from: today plain files, and any kind of sealed file that offers the same. */

import type { RowFormat } from '../rows/row-format.ts';
import type { BucketCounter } from './bucket-counter.ts';
import type { LineMatcher } from './line-matcher.ts';
import type { Matches } from './matches.ts';
import type { Order } from './reader-types.ts';
import type { ScanGuard } from './scan-guard.ts';

export interface Scan {
  readonly matcher: LineMatcher;
  readonly order: Order;
  /** Only lines with after < seq <= until. */
  readonly after: number;
  readonly until: number;
  readonly guard: ScanGuard;
  /** Every batch will be asked for: all threads may begin at once. */
  readonly readsAll?: boolean;
  /** Batches hold these rows in the place of lines. */
  readonly rows?: RowFormat;
}

/** The matching lines of one chunk; `chunk` is valid until the next batch is asked for. */
export interface LineBatch {
  readonly chunk: Buffer;
  readonly matches: Matches;
}

export interface LineCount {
  readonly lines: number;
  readonly damaged: number;
}

/** A stretch of one log whose lines rise by seq. A log is one or more of them, in order. */
export interface LineSource {
  readonly bytes: number;
  /** The seqs of the first and last line, `undefined` when there is no line. */
  ends(guard: ScanGuard): Promise<{ first: number; last: number } | undefined>;
  /** Batches in the scan's order; within a batch lines stand in the order of the file. */
  batches(scan: Scan): AsyncGenerator<LineBatch>;
  /** How many lines match, without regard to order. */
  count(scan: Scan): Promise<LineCount>;
  /** Counts the matching lines into the buckets, without regard to order. */
  bucket(scan: Scan, counter: BucketCounter): Promise<LineCount>;
  close(): void;
}
