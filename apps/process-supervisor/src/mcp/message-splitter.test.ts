import { expect, test } from 'vitest';
import { MessageSplitter } from './message-splitter.ts';

function split(chunks: readonly (string | Buffer)[], bytesMax = 1024) {
  const lines: string[] = [];
  const splitter = new MessageSplitter((line) => lines.push(line), bytesMax);
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  return { lines, tooLong: splitter.tooLong };
}

test('lines end at LF only, wherever the chunks are cut', () => {
  const bytes = Buffer.from('{"a":"\u2028ü"}\r\n\n{"b":1}\nopen');
  const whole = split([bytes]).lines;
  expect(whole).toEqual(['{"a":"\u2028ü"}\r', '{"b":1}']);
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(split([bytes.subarray(0, cut), bytes.subarray(cut)]).lines).toEqual(whole);
  }
});

test('a line above the limit is left out and counted, the next one is whole', () => {
  expect(split(['x'.repeat(8), 'y'.repeat(8), '\nshort\n'], 10)).toEqual({
    lines: ['short'],
    tooLong: 1,
  });
});
