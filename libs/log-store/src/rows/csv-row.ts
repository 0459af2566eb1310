/** Entries as rows of CSV: RFC 4180, formulas defused, byte for byte as csv-stringify writes them. */
import type { LogEntry } from '@mcplog/log-entry';

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
export function csvCell(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = STARTS_FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(text) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const STARTS_FORMULA = /^[-=+@\t\r\uff1d\uff0b\uff0d\uff20]/;
const NEEDS_QUOTES = /[",\r\n]/;
