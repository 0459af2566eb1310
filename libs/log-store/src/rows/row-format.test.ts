import { encodeEntry, type LogEntry, makeSeq } from '@mcplog/log-entry';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NEWLINE } from '../read/line-frame.ts';
import type { LineBatch } from '../read/line-source.ts';
import { CSV_HEADER, csvRow } from './csv-row.ts';
import { type RowFormat, RowWriter } from './row-format.ts';

const piece = fc.constantFrom(
  'plain',
  'a,b',
  '"',
  'line\nbreak',
  '\r',
  '\t',
  '\b',
  '=1+1',
  '-',
  '+',
  '@x',
  '\uff1d',
  '\uff20',
  'é',
  '日本',
  '\\',
  '\\n',
  '\u001b[31m',
  '\u2028',
  '\ud800',
  ' ',
  "'",
  '","metadata":{"seq":7,"type":"x"',
);
const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
const value = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text),
  fc.dictionary(fc.constantFrom('type', '12', 'deep'), text),
);
const KEYS = ['requestId', 'code', '7', '07', 'a"b', 'x', '=k', '__proto_', 'types', '', 'é'];
const entry = fc
  .record({
    ms: fc.nat(10_000),
    level: fc.constantFrom('info', 'error', 'critical'),
    message: text,
    seq: fc.nat(1_000),
    type: fc.constantFrom('stdout', 'http'),
    service: fc.oneof(fc.constant('github'), text),
    order: fc.boolean(),
    extra: fc.dictionary(fc.constantFrom(...KEYS), value),
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

test('rows of entries and rows of csv-stringify are the same bytes', () => {
  fc.assert(
    fc.property(entry, (each) => {
      expect(csvRow(each)).toBe(asLibrary(each));
    }),
    { numRuns: 3_000 },
  );
  expect(CSV_HEADER).toBe(
    'timestamp,level,message,seq,type,instanceId,userId,service,metadata\r\n',
  );
});

/** Every line of the chunk, as a matcher of everything finds them. */
function batchOf(chunk: Buffer): LineBatch {
  const [seqs, starts, ends]: number[][] = [[], [], []] as never;
  for (let start = 0; start < chunk.length; ) {
    const end = chunk.indexOf(NEWLINE, start);
    seqs?.push(start + 1);
    starts?.push(start);
    ends?.push(end);
    start = end + 1;
  }
  return {
    chunk,
    matches: { seqs: seqs ?? [], starts: starts ?? [], ends: ends ?? [], entries: [], damaged: 0 },
  };
}

function rowsOf(lines: Buffer | string, format: RowFormat, isProven = true) {
  const { chunk, matches } = new RowWriter(64).rowsOf(
    batchOf(Buffer.from(lines)),
    format,
    isProven,
  );
  return { text: chunk.toString(), ...matches };
}

test('rows cut from lines are the bytes that rows of their entries are, proven or not', () => {
  const writer = new RowWriter(64);
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (entries, proven) => {
        const lines = Buffer.from(entries.map((each) => `${encodeEntry(each)}\n`).join(''));
        const parsed = entries.map((each) => JSON.parse(encodeEntry(each)) as LogEntry);
        const { chunk } = writer.rowsOf(batchOf(lines), 'csv', proven);
        expect(chunk.toString()).toBe(Buffer.from(parsed.map(csvRow).join('')).toString());
        const json = writer.rowsOf(batchOf(lines), 'json', proven).chunk.toString();
        expect(JSON.parse(`[${json.slice(1)}]`)).toEqual(parsed);
      },
    ),
    { numRuns: 3_000 },
  );
});

const ODD =
  '{"metadata":{"type":"stderr","seq":5},"level":"warn","message":"a,b","timestamp":"2026"}';

test('a line of another shape becomes the same row, and one that is no entry none', () => {
  const { text, seqs, damaged } = rowsOf(`${ODD}\n{"timestamp":"torn\n\n`, 'csv');
  expect(text).toBe('2026,warn,"a,b",5,stderr,,,,\r\n');
  expect([Array.from(seqs), damaged]).toEqual([[1], 2]);
});

test('a line with a sound frame and rot in its middle is no row unless its bytes are proven', () => {
  const metadata = { seq: 9, type: 'stdout', instanceId: 'i', userId: 'u', service: 's', a: 1 };
  const message = 'a message that is long enough';
  const timestamp = '2026-11-23T12:00:00.000Z';
  const sound = encodeEntry({ timestamp, level: 'info', message, metadata } as LogEntry);
  const rotten = sound.replace('"a":1', '"a"\u0001');
  for (const format of ['json', 'csv', 'text'] as const) {
    const { text, seqs, damaged } = rowsOf(`${sound}\n${rotten}\n${sound}\n`, format, false);
    expect([seqs.length, damaged]).toEqual([2, 1]);
    expect(text).toBe(rowsOf(`${sound}\n${sound}\n`, format).text);
  }
});

test('a text row has its further lines indented', () => {
  const line = ODD.replace('a,b', 'a\\nb');
  expect(rowsOf(`${line}\n`, 'text').text).toBe('2026 WARN  stderr a\n    b\n');
});
