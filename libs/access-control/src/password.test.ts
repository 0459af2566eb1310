import { expect, it } from 'vitest';
import { DUMMY_HASH, generatePassword, hashPassword, verifyPassword } from './password.ts';

it('a password verifies against its own hash and no other does', async () => {
  const stored = await hashPassword('correct horse battery');
  expect(stored).toMatch(/^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
  expect(await verifyPassword('correct horse battery', stored)).toBe(true);
  expect(await verifyPassword('correct horse batterz', stored)).toBe(false);
  expect(await verifyPassword('', stored)).toBe(false);
});

it('the same password hashes differently each time', async () => {
  expect(await hashPassword('x')).not.toBe(await hashPassword('x'));
});

it('composed and decomposed letters are the same password', async () => {
  expect(await verifyPassword('cafe\u0301', await hashPassword('caf\u00e9'))).toBe(true);
});

it('the dummy hash has the cost of a real one and matches nothing', async () => {
  const real = await hashPassword('x');
  expect(DUMMY_HASH.split('$').slice(0, 4)).toEqual(real.split('$').slice(0, 4));
  expect(await verifyPassword('', DUMMY_HASH)).toBe(false);
});

it.each([
  '',
  'plain text',
  'scrypt$32768$8$1$short$short',
  `scrypt$32767$8$1$${'a'.repeat(22)}$${'a'.repeat(43)}`,
  `scrypt$99999999$8$1$${'a'.repeat(22)}$${'a'.repeat(43)}`,
  `scrypt$33554432$999$1$${'a'.repeat(22)}$${'a'.repeat(43)}`,
])('the stored text "%s" is no hash: refused, not thrown', async (stored) => {
  expect(await verifyPassword('x', stored)).toBe(false);
});

it('generated passwords are long, readable and all different', () => {
  const many = Array.from({ length: 200 }, generatePassword);
  expect(new Set(many).size).toBe(200);
  for (const password of many) expect(password).toMatch(/^[a-zA-Z2-9]{20}$/);
  expect(many.join('')).not.toMatch(/[0O1lI]/);
});
