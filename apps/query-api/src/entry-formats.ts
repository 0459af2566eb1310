/** Entries as JSON lines, a JSON array, CSV or plain text, piece by piece in constant memory. */
import { type LogEntry, parseEntry } from '@mcplog/log-entry';
import { CSV_HEADER, CsvRows, csvRow } from './csv-rows.ts';

export const TEXT_FORMATS = ['json', 'csv', 'txt', 'ndjson'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

export const CONTENT_TYPES: Readonly<Record<TextFormat, string>> = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

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
  else if (format === 'csv') yield* toCsv(pieces);
  else yield* toPlainText(pieces);
}

/** Entries of one page in a text format. */
export function formatEntries(format: 'csv' | 'txt', entries: readonly LogEntry[]): string {
  if (format === 'txt') return entries.map(toPlainLine).join('');
  return CSV_HEADER + entries.map(csvRow).join('');
}

const OPENING = Buffer.from('[\n');
const COMMA = Buffer.from(',\n');
const COMMA_BYTE = 0x2c;

async function* toJsonArray(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let opened = false;
  for await (const piece of pieces) {
    if (piece.length === 0) continue;
    const body = piece.at(-1) === NEWLINE ? piece.subarray(0, -1) : piece;
    yield opened ? COMMA : OPENING;
    yield withCommas(body);
    opened = true;
  }
  yield Buffer.from(opened ? '\n]\n' : '[]\n');
}

/** Encoded entries hold no raw newline, so each one separates two entries. */
function withCommas(body: Buffer): Buffer {
  // A line has more than thirty bytes, whoever wrote it.
  const into = Buffer.allocUnsafeSlow(body.length + Math.ceil(body.length / 30) + 1);
  let [from, to] = [0, 0];
  for (let end = body.indexOf(NEWLINE); end >= 0; end = body.indexOf(NEWLINE, from)) {
    to += body.copy(into, to, from, end);
    into[to++] = COMMA_BYTE;
    into[to++] = NEWLINE;
    from = end + 1;
  }
  to += body.copy(into, to, from);
  return into.subarray(0, to);
}

async function* toCsv(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const rows = new CsvRows();
  yield Buffer.from(CSV_HEADER);
  for await (const piece of pieces) yield rows.rowsOf(piece);
}

async function* toPlainText(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    const entries = piece.toString('utf8').split('\n').map(parseEntry).filter(isPresent);
    yield Buffer.from(entries.map(toPlainLine).join(''));
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
