import type { EntryType, Level } from '@mcplog/log-entry';

/**
 * One entry on its way to the bus; the same shape as `CaptureRecord` in @mcplog/protocol, stated
 * here because this library knows no messages.
 */
export interface CapturedRecord {
  /** Milliseconds since 1970, UTC; never smaller than that of the record before. */
  readonly timestampMs: number;
  readonly type: EntryType;
  /** Absent: the writer infers it from the message. */
  readonly level?: Level | undefined;
  /** Already masked. */
  readonly message: string;
  /** The inside of a JSON object without braces, masked, below 60,000 bytes; may be empty. */
  readonly metadata: string;
}
