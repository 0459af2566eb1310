import { expect, test } from 'vitest';
import { LineBuffer } from './line-buffer.ts';

test('text of every kind comes out as its UTF-8, whatever was expected', () => {
  const lines = ['plain\n', 'grüße €\n', '\u{1f600}'.repeat(5_000), '', 'lone \ud800 half\n'];
  const small = new LineBuffer(1);
  const large = new LineBuffer(1024 * 1024);
  for (const line of lines) {
    expect(small.addText(line)).toEqual(Buffer.from(line));
    large.addText(line);
  }
  expect(small.finish()).toEqual(Buffer.from(lines.join('')));
  expect(large.finish()).toEqual(small.finish());
});

test('bytes and text follow one another in the order they were added', () => {
  const buffer = new LineBuffer();
  buffer.addBytes(Buffer.from('a'.repeat(10_000)));
  buffer.addText('b');
  buffer.addBytes(Buffer.from('c'));
  expect(buffer.finish().toString()).toBe(`${'a'.repeat(10_000)}bc`);
});

test('nothing added is an empty buffer', () => {
  expect(new LineBuffer().finish()).toHaveLength(0);
});
