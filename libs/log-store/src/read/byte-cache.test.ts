import { expect, test } from 'vitest';
import { ByteCache } from './byte-cache.ts';
import { CountCache } from './count-cache.ts';

test('what was used longest ago goes first, and the limit holds', () => {
  const cache = new ByteCache<number>(100);
  for (let at = 0; at < 4; at++) cache.set(`k${at}`, at, 25);
  expect(cache.get('k0')).toBe(0);
  cache.set('k4', 4, 25);
  expect([cache.get('k0'), cache.get('k1'), cache.get('k4')]).toEqual([0, undefined, 4]);
  cache.set('k0', 5, 30);
  expect(cache.bytes).toBeLessThanOrEqual(100);
  expect(cache.get('k0')).toBe(5);
});

test('what is larger than the limit is not kept, and an older value under its key is gone', () => {
  const cache = new ByteCache<string>(10);
  cache.set('key', 'small', 5);
  cache.set('key', 'large', 11);
  expect(cache.get('key')).toBeUndefined();
  expect(cache.bytes).toBe(0);
});

test('a total belongs to one opening of one segment and to one filter', () => {
  const cache = new CountCache();
  const [first, second] = [{}, {}];
  cache.set(first, { search: 'a' }, { lines: 3, damaged: 0 });
  expect(cache.get(first, { search: 'a' })?.lines).toBe(3);
  expect(cache.get(first, { search: 'b' })).toBeUndefined();
  expect(cache.get(second, { search: 'a' })).toBeUndefined();
});
