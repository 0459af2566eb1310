import type { SystemLevel } from './level.ts';

/** Where an entry came from. */
export const ENTRY_TYPES = ['stdout', 'stderr', 'system', 'http'] as const;
export type EntryType = (typeof ENTRY_TYPES)[number];

/**
 * What is known about an entry beyond its text. `seq` is always the first key of the JSON, so that
 * recovery can read it without parsing the line.
 */
export interface EntryMetadata {
  readonly seq: number;
  readonly type: EntryType;
  /** Absent in system logs that concern no instance. */
  readonly instanceId?: string;
  readonly userId?: string;
  /** The catalogue item of a user's entry, the app that speaks in a system entry. */
  readonly service: string;
  readonly [key: string]: unknown;
}

/** One log entry, exactly the JSON of one line in a file. */
export interface LogEntry {
  /** When we saw it: ISO 8601 in UTC with milliseconds. A line's own time is in metadata. */
  readonly timestamp: string;
  readonly level: SystemLevel;
  readonly message: string;
  readonly metadata: EntryMetadata;
}
