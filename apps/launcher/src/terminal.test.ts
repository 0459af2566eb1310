import { expect, test } from 'vitest';
import { printable } from './terminal.ts';

test('words of another program cannot steer the terminal, turn the text or hide in it', () => {
  const hostile = 'a\u001b[2Jb\u009bc\u200ed\u2028e\u202ef\u061cg\u{e0041}h\nz\u2066';
  expect(printable(hostile)).toBe('a [2Jb c d e f g h z');
});

test('words without an end are cut', () => {
  expect(printable('x'.repeat(500))).toBe(`${'x'.repeat(400)}…`);
});
