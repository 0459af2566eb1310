/** What the reader's door offers. */
import type { LogEntry, SystemCategory } from '@mcplog/log-entry';
import type { LogFilter } from '@mcplog/log-query';
import type { InstanceIds } from '../disk/path.ts';
import type { RowFormat } from '../rows/row-format.ts';
import type { ScanFigures } from '../scan/scan-figures.ts';

export interface LogReader {
  /** One instance's logs. @throws UnsafePathError for bad ids. */
  instance(ids: InstanceIds): LogView;
  /** The system's logs of these categories as one, all when none is named. */
  system(categories?: readonly SystemCategory[]): LogView;
  /** What was done until now, over all views. */
  figures(): ScanFigures;
}

export type Order = 'asc' | 'desc';

/** What every reading call may set. */
export interface ScanLimits {
  readonly signal?: AbortSignal;
  /** Milliseconds from the call; then QueryTimeoutError. */
  readonly deadlineMs?: number;
}

export interface QueryOptions extends ScanLimits {
  readonly filter?: LogFilter;
  /** Order of seq; newest first when absent. */
  readonly order?: Order;
  /** 100 when absent. */
  readonly limit?: number;
  /** Matching entries to leave out, counted from the cursor when there is one. */
  readonly offset?: number;
  /** `nextCursor` of an earlier page; `null` is the beginning. */
  readonly cursor?: string | null;
  /** `exact` when absent; `none` spares the scan for the total. */
  readonly count?: 'exact' | 'none';
}

export interface QueryPage {
  readonly entries: LogEntry[];
  /** All matching entries, whatever cursor and offset; null with `count: 'none'`. */
  readonly total: number | null;
  readonly hasMore: boolean;
  /** Continues behind the last entry in the same order; null when there is no more. */
  readonly nextCursor: string | null;
  /** Lines met that are no entries; they are skipped. */
  readonly damagedLines: number;
}

export interface LinesOptions extends ScanLimits {
  readonly filter?: LogFilter;
  /** `asc` when absent. */
  readonly order?: Order;
  /** Only entries whose seq is above it. */
  readonly afterSeq?: number;
  /** Only entries whose seq is not above it. */
  readonly untilSeq?: number;
  /** Rows instead of lines; what is no entry for certain is left out and counted as damaged. */
  readonly rows?: RowFormat;
  /** Each buffer is valid only until the next one is asked for: then memory stays the same. */
  readonly reusesMemory?: boolean;
  /** Told once, when the last line was given. */
  readonly onEnd?: (facts: LinesFacts) => void;
}

export interface LinesFacts {
  /** Lines that were given. */
  readonly lines: number;
  /** Lines that are no entries or lie in damaged blocks: they were left out. */
  readonly damagedLines: number;
}

export interface HistogramOptions extends ScanLimits {
  readonly filter?: LogFilter;
  /** First moment, inclusive, milliseconds since 1970. */
  readonly startMs: number;
  /** Last moment, exclusive. */
  readonly endMs: number;
  /** Width of a bucket; at most 10,000 buckets. */
  readonly bucketMs: number;
}

export interface LogHistogram {
  readonly startMs: number;
  readonly endMs: number;
  readonly bucketMs: number;
  /** Every bucket from start to end, also empty ones; counts per level, absent levels are 0. */
  readonly buckets: readonly {
    readonly startMs: number;
    readonly counts: Readonly<Record<string, number>>;
  }[];
  readonly damagedLines: number;
}

export interface ContextOptions extends ScanLimits {
  readonly seq: number;
  /** How many entries before and after it. */
  readonly before: number;
  readonly after: number;
}

export interface LogContext {
  readonly before: LogEntry[];
  /** Absent when no entry has this seq. */
  readonly entry: LogEntry | null;
  readonly after: LogEntry[];
}

/** Several log files read as one, ordered by seq. Files that do not exist are empty. */
export interface LogView {
  /** @throws BadCursorError, QueryTimeoutError, or the signal's reason. */
  query(options?: QueryOptions): Promise<QueryPage>;
  /**
   * Encoded lines, each ended by a newline, many to a buffer, in constant memory; what is appended
   * after the call began is not seen.
   */
  lines(options?: LinesOptions): AsyncIterable<Buffer>;
  /** @throws RangeError for a range or bucket that makes no sense. */
  histogram(options: HistogramOptions): Promise<LogHistogram>;
  context(options: ContextOptions): Promise<LogContext>;
  /** The highest seq, 0 for none. */
  lastSeq(): Promise<number>;
  sizeBytes(): Promise<number>;
}
