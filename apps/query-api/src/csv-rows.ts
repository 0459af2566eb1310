/**
 * Entries as rows of CSV (RFC 4180, formulas defused), byte for byte as csv-stringify writes them
 * but several times faster, because lines that need no quotes are cut rather than parsed.
 * `docs/decisions/0021-csv-rows.md`
 */
import { type LogEntry, parseEntry } from '@mcplog/log-entry';

const COLUMNS = [
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

export const CSV_HEADER = `${COLUMNS.join(',')}\r\n`;

/** Whatever else the metadata holds stands in the last column as JSON. */
export function csvRow({ timestamp, level, message, metadata }: LogEntry): string {
  const { seq, ...others } = metadata;
  const first = [timestamp, level, message, seq].map(csvCell).join(',');
  return `${first},${lastCells(others)}\r\n`;
}

function lastCells(metadata: Readonly<Record<string, unknown>>): string {
  const { type, instanceId, userId, service, ...rest } = metadata;
  const last = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest);
  return [type, instanceId, userId, service, last].map(csvCell).join(',');
}

/** Numbers are no formulas even when they are negative; whatever is neither is written as JSON. */
function csvCell(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = STARTS_FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(text) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const STARTS_FORMULA = /^[-=+@\t\r\uff1d\uff0b\uff0d\uff20]/;
const NEEDS_QUOTES = /[",\r\n]/;

const TIMESTAMP_AT = 14;
const TIMESTAMP_END = 38;
const LEVEL_AT = 49;
const MESSAGE_KEY = '","message":"';
const SEQ_KEY = '","metadata":{"seq":';
/** What makes a message other than its bytes in the line; by what it may begin: UTF-8's EF. */
const NOT_PLAIN = /["\\]|^[-=+@\xef]/;
const DIGITS = /^\d{1,16}$/;
const SERVICE_KEY = '"service":"';
/** Keys that a parser would put elsewhere, and those that have a column. */
const MOVED_KEY = /"(?:\d+|__proto__|type|instanceId|userId|service)":/;
const HEADS_MAX = 512;

/** Rows for whole encoded lines; lines that are no entries are left out. */
export class CsvRows {
  /** Cells of type to service, by the bytes they are made from: nearly all lines share them. */
  readonly #heads = new Map<string, string>();
  /** The metadata of the line before, with its newline, and its cells. */
  #lastTail = '\n';
  #lastCells = '';

  rowsOf(lines: Buffer): Buffer {
    // One character for each byte: offsets stay right, and writing it back gives the same bytes.
    const text = lines.toString('latin1');
    const rows: string[] = [];
    for (let start = 0; start < text.length; ) {
      const found = text.indexOf('\n', start);
      const end = found < 0 ? text.length : found;
      rows.push(this.#cut(text, start, end) ?? parsedRow(lines, start, end));
      start = end + 1;
    }
    return Buffer.from(rows.join(''), 'latin1');
  }

  /** `undefined` when the line is not all plain. */
  #cut(text: string, start: number, end: number): string | undefined {
    const levelEnd = text.indexOf('"', start + LEVEL_AT);
    const messageAt = levelEnd + MESSAGE_KEY.length;
    const messageEnd = text.indexOf(SEQ_KEY, messageAt);
    if (levelEnd < 0 || messageEnd < 0 || messageEnd > end) return undefined;
    if (!text.startsWith(MESSAGE_KEY, levelEnd)) return undefined;
    const message = text.slice(messageAt, messageEnd);
    if (NOT_PLAIN.test(message)) return undefined;
    const seqAt = messageEnd + SEQ_KEY.length;
    const seqEnd = text.indexOf(',', seqAt);
    if (seqEnd < 0 || seqEnd > end) return undefined;
    const seq = text.slice(seqAt, seqEnd);
    const tail = this.#cellsBehind(text, seqEnd + 1, end);
    if (tail === undefined || !DIGITS.test(seq)) return undefined;
    const timestamp = text.slice(start + TIMESTAMP_AT, start + TIMESTAMP_END);
    const level = text.slice(start + LEVEL_AT, levelEnd);
    const cell = message.includes(',') ? `"${message}"` : message;
    return `${timestamp},${level},${cell},${seq},${tail}\r\n`;
  }

  #cellsBehind(text: string, from: number, end: number): string | undefined {
    if (text.startsWith(this.#lastTail, from)) return this.#lastCells;
    const cells = this.#tail(text.slice(from, end));
    if (cells === undefined) return undefined;
    this.#lastTail = text.slice(from, end + 1);
    this.#lastCells = cells;
    return cells;
  }

  /** @param json metadata behind its seq, to the end of the line */
  #tail(json: string): string | undefined {
    const serviceAt = json.indexOf(SERVICE_KEY);
    const headEnd = json.indexOf('"', serviceAt + SERVICE_KEY.length) + 1;
    if (serviceAt < 0 || headEnd === 0 || !json.endsWith('}}')) return undefined;
    const head = this.#headCells(json.slice(0, headEnd));
    if (head === undefined) return undefined;
    if (headEnd === json.length - 2) return `${head},`;
    const rest = json.slice(headEnd + 1, -2);
    if (json[headEnd] !== ',' || MOVED_KEY.test(rest)) return undefined;
    return `${head},"{${rest.replaceAll('"', '""')}}"`;
  }

  #headCells(json: string): string | undefined {
    const known = this.#heads.get(json);
    if (known !== undefined) return known;
    const cells = headCellsOf(json);
    if (cells === undefined) return undefined;
    if (this.#heads.size >= HEADS_MAX) this.#heads.clear();
    this.#heads.set(json, cells);
    return cells;
  }
}

/** `undefined` unless the four columns are all there is, each once. */
function headCellsOf(json: string): string | undefined {
  try {
    const metadata = JSON.parse(`{${Buffer.from(json, 'latin1').toString('utf8')}}`);
    const { type, instanceId, userId, service } = metadata;
    const cells = [type, instanceId, userId, service];
    const isWhole = json.split('":').length === 5 && Object.keys(metadata).length === 4;
    if (!isWhole || cells.some((cell) => typeof cell !== 'string')) return undefined;
    return Buffer.from(cells.map(csvCell).join(','), 'utf8').toString('latin1');
  } catch {
    return undefined;
  }
}

function parsedRow(lines: Buffer, start: number, end: number): string {
  const entry = parseEntry(lines.toString('utf8', start, end));
  return entry === undefined ? '' : Buffer.from(csvRow(entry), 'utf8').toString('latin1');
}
