import { encodeEntry, type LogEntry, makeSeq } from '@mcplog/log-entry';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CSV_HEADER, CsvRows, csvRow } from './csv-rows.ts';

const piece = fc.constantFrom(
  'plain',
  'a,b',
  '"',
  'line\nbreak',
  '\r',
  '\t',
  '=1+1',
  '-',
  '+',
  '@x',
  '\uff1d',
  '\uff20',
  'é',
  '日本',
  '\\',
  '\u001b[31m',
  '\u2028',
  '\ud800',
  ' ',
  "'",
  '","metadata":{"seq":7,"type":"x"',
);
const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text));
const entry = fc
  .record({
    ms: fc.nat(10_000),
    level: fc.constantFrom('info', 'error', 'critical'),
    message: text,
    seq: fc.nat(1_000),
    type: fc.constantFrom('stdout', 'http'),
    service: fc.oneof(fc.constant('github'), text),
    order: fc.boolean(),
    extra: fc.dictionary(fc.constantFrom('requestId', 'code', '7', 'a"b', 'x', '=k'), value),
  })
  .map(({ ms, message, seq, service, order, extra, type, level }) => {
    const ids = { instanceId: 'i1', userId: 'ann' };
    const metadata = order
      ? { seq: makeSeq(1, seq + 1), type, ...ids, service, ...extra }
      : { seq: makeSeq(1, seq + 1), type, ...extra, userId: 'ann', service, instanceId: 'i1' };
    const timestamp = new Date(Date.UTC(2026, 10, 23) + ms).toISOString();
    return { timestamp, level, message, metadata } as LogEntry;
  });

/** What the library makes of the same entry. */
function asLibrary({ timestamp, level, message, metadata }: LogEntry): string {
  const { seq, type, instanceId, userId, service, ...rest } = metadata;
  const last = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest);
  const row = [timestamp, level, message, seq, type, instanceId, userId, service, last];
  return stringify([row], {
    escape_formulas: true,
    record_delimiter: 'windows',
    // Off when a delimiter is named; then a message of several lines would be several rows.
    quote_record_delimiter: true,
  });
}

test('rows cut from lines, rows of entries and rows of csv-stringify are the same bytes', () => {
  const rows = new CsvRows();
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), (entries) => {
      const wanted = Buffer.from(entries.map(asLibrary).join(''));
      const lines = Buffer.from(entries.map((each) => `${encodeEntry(each)}\n`).join(''));
      expect(rows.rowsOf(lines).toString()).toBe(wanted.toString());
      expect(Buffer.from(entries.map(csvRow).join('')).toString()).toBe(wanted.toString());
    }),
    { numRuns: 3_000 },
  );
});

test('a line of another shape becomes the same row, and one that is no entry none', () => {
  const odd =
    '{"metadata":{"type":"stderr","seq":5},"level":"warn","message":"a,b","timestamp":"2026"}';
  const lines = Buffer.from(`${odd}\n{"timestamp":"torn\n\n`);
  expect(new CsvRows().rowsOf(lines).toString()).toBe('2026,warn,"a,b",5,stderr,,,,\r\n');
  expect(CSV_HEADER).toBe(
    'timestamp,level,message,seq,type,instanceId,userId,service,metadata\r\n',
  );
});
