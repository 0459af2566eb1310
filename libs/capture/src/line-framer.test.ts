import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FramedLine, LINE_BYTES_MAX, LINE_FLAGS, LineFramer } from './index.ts';

function frame(chunks: readonly (Buffer | string)[]): FramedLine[] {
  const lines: FramedLine[] = [];
  const framer = new LineFramer((line) => lines.push(line));
  for (const chunk of chunks) framer.push(Buffer.from(chunk));
  framer.end();
  return lines;
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, i) =>
    bytes.subarray(i === 0 ? 0 : places[i - 1], end),
  );
}

const piece = fc.oneof(
  fc.constantFrom(
    '\n',
    '\r',
    '\r\n',
    '\u2028',
    '\x1b[31m',
    '\x1b]8;;u\x1b\\',
    'é',
    '😀',
    '\0',
    '\t',
  ),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom(
    ...[LINE_BYTES_MAX - 1, LINE_BYTES_MAX, LINE_BYTES_MAX + 1].map((n) => 'é'.repeat(n / 2)),
  ),
);
const stream = fc.oneof(
  fc.array(piece, { maxLength: 20 }).map((parts) => Buffer.from(parts.join(''))),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

test('any chunking of the same bytes gives the same lines', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
      expect(frame(split(bytes, cuts))).toEqual(frame([bytes]));
    }),
    { numRuns: 500 },
  );
});

test('a line ends at a line feed and nowhere else', () => {
  expect(frame(['a\u2028b\u0085c\u2029d\n']).map(({ text }) => text)).toEqual(['a\u2028bc\u2029d']);
  expect(frame(['one\r\ntwo\n']).map(({ text, flags }) => [text, flags])).toEqual([
    ['one', 0],
    ['two', 0],
  ]);
});

test('a character cut by a chunk border stays whole', () => {
  const bytes = Buffer.from('grüße 😀\n');
  const lines = frame([...bytes].map((byte) => Buffer.from([byte])));
  expect(lines).toEqual([{ text: 'grüße 😀', flags: 0, bytes: bytes.length - 1, sha256: '' }]);
});

test('bytes that are no UTF-8 are replaced and flagged, a printed U+FFFD is not', () => {
  const [damaged] = frame([Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x73, 0x0a])]);
  expect(damaged).toMatchObject({ text: 'caf\ufffds', flags: LINE_FLAGS.invalidUtf8 });
  expect(frame(['caf\ufffds\n'])[0]?.flags).toBe(0);
});

test('a progress bar becomes its last state, also when it never ends its line', () => {
  const bar = Array.from({ length: 20_000 }, (_, i) => `\r ${i}% |####|`).join('');
  expect(frame([`${bar}\n`])).toEqual([
    { text: ' 19999% |####|', flags: LINE_FLAGS.progress, bytes: 14, sha256: '' },
  ]);
  expect(frame(['10%\r20%\r'])[0]).toMatchObject({
    text: '20%',
    flags: LINE_FLAGS.progress | LINE_FLAGS.unterminated,
  });
});

test('escape sequences and control characters go, and a flag says so', () => {
  const [line] = frame([
    '\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x9b2Kz\b\tq\n',
  ]);
  expect(line).toMatchObject({ text: 'red link z\tq', flags: LINE_FLAGS.ansi });
});

test('an escape string that is never closed does not hide the rest of its line', () => {
  expect(frame(['before \x1b]0;after\n'])[0]?.text).toBe('before 0;after');
});

test('a line of 10 MB is cut at 64 KiB, counted and hashed, in bounded memory', () => {
  const whole = Buffer.alloc(10 * 1024 * 1024, 'é');
  const lines: FramedLine[] = [];
  const framer = new LineFramer((line) => lines.push(line));
  for (let at = 0; at < whole.length; at += 65_537) framer.push(whole.subarray(at, at + 65_537));
  framer.push(Buffer.from('\nnext\n'));
  expect(lines.map(({ text }) => text.length)).toEqual([LINE_BYTES_MAX / 2, 4]);
  expect(lines[0]).toMatchObject({
    flags: LINE_FLAGS.cut,
    bytes: whole.length,
    sha256: createHash('sha256').update(whole).digest('hex'),
  });
});

test('a cut falls on a character boundary', () => {
  const [line] = frame([`${'a'.repeat(LINE_BYTES_MAX - 1)}😀😀\n`]);
  expect(line?.text).toBe('a'.repeat(LINE_BYTES_MAX - 1));
  expect(line?.flags).toBe(LINE_FLAGS.cut);
});

test('a cut leaves no half word behind when a delimiter is near', () => {
  const [line] = frame([`${'a'.repeat(LINE_BYTES_MAX - 20)} token=${'s'.repeat(40)}\n`]);
  expect(line?.text.endsWith(' token=')).toBe(true);
});

test('a last line without its end is kept and flagged', () => {
  expect(frame(['one\ntwo']).map(({ text, flags }) => [text, flags])).toEqual([
    ['one', 0],
    ['two', LINE_FLAGS.unterminated],
  ]);
});

test('binary output becomes readable text with a flag and a hash', () => {
  const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x00, 0x01, 0x5c]);
  expect(frame([bytes, '\n'])).toEqual([
    {
      text: '\\x89PNG\\x00\\x01\\x5c',
      flags: LINE_FLAGS.binary,
      bytes: 7,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
  ]);
});
