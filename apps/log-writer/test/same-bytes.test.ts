import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRY_TYPES, LEVELS } from '@mcplog/log-entry';
import { type CaptureRecord, decodeCaptureBatch, SectionEncoder } from '@mcplog/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntryEncoder } from '../src/entry-encoder.ts';
import { encodePlainly } from './plain-encoder.ts';

const SAMPLES = join(import.meta.dirname, '../../../libs/capture/test/labelled/samples');
const ROUTINGS = ['by-level', 'error-log'] as const;

/** One encoder for all: what it remembers of earlier lines must not change later ones. */
const encoder = new EntryEncoder();

type Line = Pick<CaptureRecord, 'message'> & Partial<CaptureRecord>;

function expectSame(lines: readonly Line[], { run = 1, firstN = 97 } = {}): void {
  for (const stderrRouting of ROUTINGS) {
    for (const type of ['stderr', 'stdout'] as const) {
      const section = new SectionEncoder();
      for (const line of lines) {
        section.append({ timestampMs: 1_763_900_000_123, type, metadata: '', ...line });
      }
      const identity = { userId: 'ann', instanceId: 'files-1', service: 'files', stderrRouting };
      const batch = section.finish({ ...identity, run, firstN });
      for (const view of decodeCaptureBatch(batch)) {
        const { files, tail } = encoder.encode(view, () => 0);
        const plain = encodePlainly(view);
        expect(tail.toString()).toBe(plain.tail);
        const texts = files.map(({ file, lines: bytes }) => [file, bytes.toString()]);
        expect(Object.fromEntries(texts)).toEqual(plain.files);
      }
    }
  }
}

function textsOfSamples(): string[] {
  return readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.txt'))
    .map((path) => readFileSync(join(SAMPLES, path), 'utf8'));
}

test('every line of the labelled set becomes the plain encoding, byte for byte, first time and again', () => {
  const lines = textsOfSamples().flatMap((text) => text.split('\n'));
  expect(lines.length).toBeGreaterThan(1_000);
  const records = lines.map((message) => ({ message }));
  expectSame(records);
  expectSame(records.toReversed());
});

test('records of several lines of the labelled set become the plain encoding', () => {
  const records = textsOfSamples().flatMap((text) => {
    const lines = text.split('\n');
    return lines.map((_, at) => ({ message: lines.slice(at, at + 1 + (at % 5)).join('\n') }));
  });
  expectSame(records);
});

/** Pieces that lines of real programs are made of, and some that nearly are. */
const PIECES = [
  '2026-11-23 13:59:59,999',
  '2026-11-23T13:59:59.999Z',
  '2026-02-29T23:59:59.999Z',
  '[2026-11-23T13:59:59.999Z]',
  '2026-13-41T29:59:59.999Z',
  '2026-11-23T13:59:59+02:00',
  '[23/Nov/2026:13:00:00 +0000]',
  '10.0.0.7',
  'INFO',
  'info:',
  '[error]',
  '[main]',
  'WARN',
  'level=warn',
  '<11>',
  '(node:7) Warning:',
  'npm warn',
  'E1123',
  'core:error:',
  '-',
  '|',
  '"GET',
  '"POST',
  'GET',
  'DELETE',
  'PATCHED',
  '/api/files/7?token=x#y',
  '/a"b',
  '/',
  'https://host/x',
  'HTTP/1.1"',
  'HTTP/1.1',
  '"GET /a/b HTTP/1.1" 200 17',
  '"GET /a?b HTTP/1.1" 500 17 "-" "agent/1 (x 12 ms)" 0.250',
  '"DELETE /a\\b HTTP/2" 404',
  '"PUT /a HTTP/1.1" 99',
  '200',
  '503',
  '12 ms',
  'method=GET path=/x status=404 duration=3ms',
  'TypeError: no',
  'an Error occurred',
  'xception',
  'KeyboardInterrupt',
  'sh: x: not found',
  'Traceback (most recent call last):',
  '{"level":"warn","msg":"x","time":1763900000123}',
  '{"level":50,"req":{"method":"GET","url":"/x"},"res":{"statusCode":500},"msg":"done"}',
  '{',
  'tab\tin it',
  '\u001b[31mred\u001b[0m',
  'größer',
  '😀',
  '\u007f',
  'back\\slash',
  '\n    at run (/srv/a.js:1:2)',
  '\r',
];

const line = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...PIECES) },
      { weight: 2, arbitrary: fc.stringMatching(/^[ -~]{0,12}$/) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
    ),
    { maxLength: 9 },
  )
  .chain((parts) =>
    fc
      .constantFrom(' ', ' ', ' ', '  ', '', '\t')
      .map((between) => parts.join(between).toWellFormed()),
  );

test('lines put together from the pieces of real ones become the plain encoding', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (messages) => {
      expectSame(messages.map((message) => ({ message })));
    }),
    { numRuns: 500 },
  );
});

test('a change in one character of a head is seen although heads like it are remembered', () => {
  const digit = fc.constantFrom(...'0123456789');
  const change = fc.oneof(digit, fc.stringMatching(/^[ -~]$/));
  const heads = textsOfSamples().flatMap((text) => text.split('\n').filter((one) => one !== ''));
  fc.assert(
    fc.property(
      fc.constantFrom(...heads),
      fc.array(fc.tuple(fc.nat(60), change), { minLength: 1, maxLength: 6 }),
      (head, changes) => {
        const changed = changes.map(([at, by]) => head.slice(0, at) + by + head.slice(at + 1));
        expectSame([head, ...changed].map((message) => ({ message: message.toWellFormed() })));
      },
    ),
    { numRuns: 500 },
  );
});

test('a seq that gets another digit in the middle of a section is written whole', () => {
  const messages = Array.from({ length: 12 }, (_, at) => ({ message: `line ${at}` }));
  // 2 * 2^32 + n passes ten thousand millions.
  expectSame(messages, { run: 2, firstN: 10_000_000_000 - 2 * 2 ** 32 - 6 });
});

test('any type, level, metadata and place in the run becomes the plain encoding', () => {
  const record = fc.record({
    message: line,
    type: fc.constantFrom(...ENTRY_TYPES),
    level: fc.option(fc.constantFrom(...LEVELS), { nil: undefined }),
    metadata: fc.constantFrom('', '"pid":7', '"x":"größer"'),
    timestampMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), fc.nat(2 ** 20), (records, run) => {
      expectSame(records, { run: 1 + run });
    }),
    { numRuns: 500 },
  );
});
