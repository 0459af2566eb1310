import type { EntryType, LogFile, SystemLevel } from '@mcplog/log-entry';

/**
 * Which entries someone asked for; all conditions must hold.
 *
 * `file` chooses files and cannot be seen on an entry, so {@link compileFilter} leaves it to the
 * store.
 */
export interface LogFilter {
  /** First moment, inclusive, in milliseconds since 1970. */
  readonly startMs?: number;
  /** Last moment, inclusive, in milliseconds since 1970. */
  readonly endMs?: number;
  readonly levels?: readonly SystemLevel[];
  readonly minLevel?: SystemLevel;
  /** Substring, whatever its case, of the message or of any metadata value. */
  readonly search?: string;
  /** RE2 syntax; found anywhere in the message. */
  readonly regex?: string;
  readonly file?: LogFile;
  readonly types?: readonly EntryType[];
  /** Key → the value's text. A dotted key is a literal key or a path, see `metadata-value.ts`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One reason why a filter was refused, and what would be accepted. */
export interface FilterProblem {
  readonly path: string;
  readonly problem: string;
}
