import { expect, test } from 'vitest';
import { createRandom } from './random.ts';

test('the same seed gives the same numbers, another seed others', () => {
  const take = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 5 }, () => random.below(1_000_000));
  };
  expect(take(7)).toEqual(take(7));
  expect(take(7)).not.toEqual(take(8));
});

test('numbers stay below their limit and picks among their values', () => {
  const random = createRandom(1);
  for (let round = 0; round < 1_000; round++) {
    expect(random.below(6)).toBeLessThan(6);
    expect(['a', 'b']).toContain(random.pick(['a', 'b']));
  }
});

test('uuids look like uuids and do not repeat', () => {
  const random = createRandom(3);
  const uuids = Array.from({ length: 10_000 }, () => random.uuid());
  expect(new Set(uuids).size).toBe(10_000);
  expect(uuids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
});
