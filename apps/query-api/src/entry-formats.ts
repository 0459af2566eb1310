/** Entries as a JSON array, CSV or plain text, piece by piece in constant memory. */
import { encodeEntry, type LogEntry } from '@mcplog/log-entry';
import { CSV_HEADER, csvRow, type RowFormat, textRow } from '@mcplog/log-store/reader';

export type TextFormat = 'json' | 'csv' | 'txt';

export const CONTENT_TYPES: Readonly<Record<TextFormat | 'ndjson', string>> = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

/** What the log store calls the rows of a format. */
export const ROWS: Readonly<Record<TextFormat, RowFormat>> = {
  json: 'json',
  csv: 'csv',
  txt: 'text',
};

const BRACKET = 0x5b;

/**
 * The rows of a format, as the log store gives them, as one text: a JSON array with one entry to a
 * line, CSV with its header, or plain text. A piece is valid until the next one is asked for.
 * @param closing asked when the last row was given: an entry to end with, if there is something to say.
 */
export async function* formatRows(
  format: TextFormat,
  pieces: AsyncIterable<Buffer>,
  closing: () => LogEntry | undefined,
): AsyncGenerator<Buffer> {
  if (format === 'json') yield* toJsonArray(pieces, closing);
  else {
    if (format === 'csv') yield Buffer.from(CSV_HEADER);
    yield* pieces;
    const last = closing();
    if (last !== undefined) yield Buffer.from(format === 'csv' ? csvRow(last) : textRow(last));
  }
}

/** Entries of one page in a text format. */
export function formatEntries(format: 'csv' | 'txt', entries: readonly LogEntry[]): string {
  if (format === 'txt') return entries.map(textRow).join('');
  return CSV_HEADER + entries.map(csvRow).join('');
}

/** Each row begins with a comma: the first one's becomes the bracket. */
async function* toJsonArray(
  pieces: AsyncIterable<Buffer>,
  closing: () => LogEntry | undefined,
): AsyncGenerator<Buffer> {
  let opened = false;
  for await (const piece of pieces) {
    if (!opened) piece[0] = BRACKET;
    opened = true;
    yield piece;
  }
  const last = closing();
  if (last !== undefined) {
    yield Buffer.from(`${opened ? ',' : '['}\n${encodeEntry(last)}`);
    opened = true;
  }
  yield Buffer.from(opened ? '\n]\n' : '[]\n');
}

export interface LeftOut {
  readonly damagedLines: number;
  readonly instanceId: string;
  readonly userId: string;
  readonly exportedAt: Date;
}

/**
 * The entry that ends an export with lines left out, so that whoever reads the file knows: a header
 * would be lost with the download. No entry of a log has its seq.
 */
export function leftOutEntry({ damagedLines, exportedAt, ...owner }: LeftOut): LogEntry {
  const lines = damagedLines === 1 ? '1 damaged line was' : `${damagedLines} damaged lines were`;
  return {
    timestamp: exportedAt.toISOString(),
    level: 'error',
    message: `This export is not complete: ${lines} left out.`,
    metadata: { seq: 0, type: 'system', ...owner, service: 'mcplog', damagedLines },
  };
}
