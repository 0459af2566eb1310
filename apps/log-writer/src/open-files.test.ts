import { expect, test } from 'vitest';
import { openFilesAllowed } from './open-files.ts';

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                1048576              files\n`;

test('a store opens what is wanted, and no more than a quarter of what the process may', () => {
  expect(openFilesAllowed(512, limits('1048576'))).toBe(512);
  expect(openFilesAllowed(8_192, limits('4096'))).toBe(1_024);
  expect(openFilesAllowed(8_192, limits('16'))).toBe(8);
  expect(openFilesAllowed(8_192, limits('unlimited'))).toBe(8_192);
  expect(openFilesAllowed(8_192, '')).toBe(8_192);
});

test('the limit of this process is found', () => {
  expect(openFilesAllowed(2 ** 40)).toBeLessThan(2 ** 40);
});
