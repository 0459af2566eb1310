import { expect, it } from 'vitest';
import { readCookie } from './cookie.ts';

it.each([
  ['s=abc', 'abc'],
  ['a=1; s=abc; b=2', 'abc'],
  ['a=1;s=abc', 'abc'],
  ['s=a=b', 'a=b'],
  ['s=%61', '%61'],
])('%j holds %j', (header, value) => {
  expect(readCookie(header, 's')).toBe(value);
});

it.each([
  undefined,
  '',
  's',
  's=',
  ' =abc',
  'xs=abc',
  'S=abc',
  's=a; s=b',
  's=a; s=a',
  's="abc"',
  's=a b',
  's=a,b',
  's=a\\b',
  's=ä',
  's =abc',
])('%j holds none', (header) => {
  expect(readCookie(header, 's')).toBe(undefined);
});
