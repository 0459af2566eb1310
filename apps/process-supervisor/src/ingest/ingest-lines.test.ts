import { expect, test } from 'vitest';
import { encodeMetadata, parseIngestLines } from './ingest-lines.ts';

const line = (n: number, more: object = {}) =>
  JSON.stringify({ n, timestampMs: 1, type: 'stdout', message: 'm', ...more });

test('lines with n rising by one are taken, blank ones passed over', () => {
  const lines = parseIngestLines(`${line(7)}\n\n${line(8)}\n`);
  expect(lines.map(({ n }) => n)).toEqual([7, 8]);
});

test.each([
  ['not JSON', `${line(1)}\n{`],
  ['a type nobody knows', line(1, { type: 'x' })],
  ['a key nobody knows', line(1, { extra: 1 })],
  ['n that stands still', `${line(1)}\n${line(1)}`],
  ['n below one', line(0)],
])('%s is refused', (_, body) => {
  expect(() => parseIngestLines(body)).toThrow('the body is not accepted');
});

test('metadata is masked in depth and cannot take the place of our own', () => {
  const mask = (text: string) => text.replaceAll('secret', '***');
  const metadata = { seq: 1, userId: 'x', a: { secret: ['a secret'] }, deep: [[[[['x']]]]] };
  expect(JSON.parse(`{${encodeMetadata(metadata, mask)}}`)).toEqual({
    a: { '***': ['a ***'] },
    deep: [[[null]]],
  });
});
