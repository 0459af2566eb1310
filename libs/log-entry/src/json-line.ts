import type { LogEntry } from './entry.ts';

/** The bytes before the seq in every line; quotes inside a message are escaped, so it is unique. */
const SEQ_KEY = '"metadata":{"seq":';

/** One line of JSON without its newline; `seq` comes first in the metadata. */
export function encodeEntry(entry: LogEntry): string {
  const { seq, ...rest } = entry.metadata;
  const { timestamp, level, message } = entry;
  return JSON.stringify({ timestamp, level, message, metadata: { seq, ...rest } });
}

/** Reads one line; `undefined` when it is not a whole entry. */
export function parseEntry(line: string): LogEntry | undefined {
  try {
    const value = JSON.parse(line) as LogEntry;
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The seq of an encoded line without parsing the rest; `undefined` when there is none. */
export function seqOfLine(line: string): number | undefined {
  const at = line.indexOf(SEQ_KEY);
  if (at < 0) return undefined;
  const seq = Number.parseInt(line.slice(at + SEQ_KEY.length, at + SEQ_KEY.length + 17), 10);
  return Number.isSafeInteger(seq) ? seq : undefined;
}

function isEntry(value: unknown): value is LogEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { timestamp, level, message, metadata } = value as Record<string, unknown>;
  return (
    typeof timestamp === 'string' &&
    typeof level === 'string' &&
    typeof message === 'string' &&
    typeof metadata === 'object' &&
    metadata !== null &&
    Number.isSafeInteger((metadata as Record<string, unknown>).seq)
  );
}
