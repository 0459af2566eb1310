import { type LogEntry, makeSeq } from '@mcplog/log-entry';
import { CSV_HEADER, csvRow } from '@mcplog/log-store/reader';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRows, leftOutEntry, type TextFormat } from './entry-formats.ts';

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

async function* given(...pieces: string[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function textOf(format: TextFormat, pieces: string[], last?: LogEntry): Promise<string> {
  const parts: string[] = [];
  for await (const piece of formatRows(format, given(...pieces), () => last)) {
    parts.push(piece.toString());
  }
  return parts.join('');
}

test('rows of JSON become one array, one entry to a line, whatever there is', async () => {
  expect(await textOf('json', [])).toBe('[]\n');
  expect(await textOf('json', [',\n{"a":1},\n{"b":2}', ',\n{"c":3}'])).toBe(
    '[\n{"a":1},\n{"b":2},\n{"c":3}\n]\n',
  );
});

test('every format ends with what was left out, also when that is all there was', async () => {
  const exportedAt = new Date('2026-11-23T12:00:00.000Z');
  const last = leftOutEntry({ damagedLines: 3, instanceId: 'i', userId: 'u', exportedAt });
  const said = 'This export is not complete: 3 damaged lines were left out.';
  expect(JSON.parse(await textOf('json', [], last))).toEqual([last]);
  expect(JSON.parse(await textOf('json', [',\n{"a":1}'], last))).toEqual([{ a: 1 }, last]);
  expect(await textOf('csv', ['row\r\n'], last)).toBe(
    `${CSV_HEADER}row\r\n2026-11-23T12:00:00.000Z,error,${said},0,system,i,u,mcplog,"{""damagedLines"":3}"\r\n`,
  );
  expect(await textOf('txt', ['row\n'], last)).toBe(
    `row\n2026-11-23T12:00:00.000Z ERROR system ${said}\n`,
  );
});
