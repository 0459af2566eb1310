import { expect, it } from 'vitest';
import { newToken, tokenKey } from './token.ts';

it('a token is 256 bits in base64url and never repeats', () => {
  const many = Array.from({ length: 100 }, newToken);
  expect(new Set(many).size).toBe(100);
  for (const token of many) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
});

it('the key of a token is its SHA-256', () => {
  expect(tokenKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
