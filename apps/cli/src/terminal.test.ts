import { expect, it } from 'vitest';
import { columns, paletteFor, printable } from './terminal.ts';

it('controls, escapes and bidi marks are shown instead of obeyed', () => {
  expect(printable('a\u001b[2Jb\u0007\u009b31m\u202e\u007f\r')).toBe(
    'a␛[2Jb␇\\u{9b}31m\\u{202e}␡␍',
  );
});

it('ordinary text of any language, tabs and line ends stay', () => {
  const text = 'naïve 日本 שלום 👩‍👩‍👧\tend\n';
  expect(printable(text)).toBe(text);
});

it('colours are added only when they are wanted', () => {
  expect(paletteFor(false).level('error', 'ERROR')).toBe('ERROR');
  expect(paletteFor(true).level('error', 'ERROR')).toBe('\u001b[31mERROR\u001b[0m');
});

it('columns are as wide as their widest cell', () => {
  expect(
    columns([
      ['a', 'bb'],
      ['ccc', 'd'],
    ]),
  ).toBe('a    bb\nccc  d\n');
});
