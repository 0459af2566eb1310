/** Entries as JSON lines, a JSON array, CSV or plain text, piece by piece in constant memory. */
import { type LogEntry, parseEntry } from '@mcplog/log-entry';
import { stringify } from 'csv-stringify/sync';

export const TEXT_FORMATS = ['json', 'csv', 'txt', 'ndjson'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

export const CONTENT_TYPES: Readonly<Record<TextFormat, string>> = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

/** Columns of a CSV; whatever else the metadata holds stands in the last one as JSON. */
const CSV_COLUMNS = [
  'timestamp',
  'level',
  'message',
  'seq',
  'type',
  'instanceId',
  'userId',
  'service',
  'metadata',
] as const;

const NEWLINE = 0x0a;

/**
 * Turns buffers of whole encoded lines (as the log store yields them) into the text of a format.
 * The JSON form is one array, one entry to a line.
 */
export async function* formatLines(
  format: TextFormat,
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  if (format === 'ndjson') yield* pieces;
  else if (format === 'json') yield* toJsonArray(pieces);
  else yield* toText(format, pieces);
}

/** Entries of one page in a text format. */
export function formatEntries(format: 'csv' | 'txt', entries: readonly LogEntry[]): string {
  if (format === 'txt') return entries.map(toPlainLine).join('');
  return csvHeader() + toCsvRows(entries);
}

async function* toJsonArray(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let opened = false;
  for await (const piece of pieces) {
    if (piece.length === 0) continue;
    const body = piece.at(-1) === NEWLINE ? piece.subarray(0, -1) : piece;
    // Encoded entries hold no raw newline, so every one of them separates two entries.
    const joined = body.toString('latin1').replaceAll('\n', ',\n');
    yield Buffer.from(`${opened ? ',\n' : '[\n'}${joined}`, 'latin1');
    opened = true;
  }
  yield Buffer.from(opened ? '\n]\n' : '[]\n');
}

async function* toText(
  format: 'csv' | 'txt',
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  if (format === 'csv') yield Buffer.from(csvHeader());
  for await (const piece of pieces) {
    const entries = piece.toString('utf8').split('\n').map(parseEntry).filter(isPresent);
    yield Buffer.from(format === 'csv' ? toCsvRows(entries) : entries.map(toPlainLine).join(''));
  }
}

function isPresent(entry: LogEntry | undefined): entry is LogEntry {
  return entry !== undefined;
}

/** `2026-11-23T12:00:00.000Z ERROR stderr message`; further lines of a message are indented. */
function toPlainLine({ timestamp, level, message, metadata }: LogEntry): string {
  const text = message.replaceAll('\n', '\n    ');
  return `${timestamp} ${level.toUpperCase().padEnd(5)} ${metadata.type} ${text}\n`;
}

function csvHeader(): string {
  return `${CSV_COLUMNS.join(',')}\r\n`;
}

function toCsvRows(entries: readonly LogEntry[]): string {
  const rows = entries.map(({ timestamp, level, message, metadata }) => {
    const { seq, type, instanceId, userId, service, ...rest } = metadata;
    const last = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest);
    return [timestamp, level, message, seq, type, instanceId, userId, service, last];
  });
  return stringify(rows, { escape_formulas: true, record_delimiter: 'windows' });
}
