import { expect, test } from 'vitest';
import { longestRise } from './longest-rise.ts';

test('two that changed places are the ones left out', () => {
  expect(longestRise([0, 1, 5, 3, 4, 2, 6])).toEqual(new Set([0, 1, 3, 4, 6]));
  expect(longestRise([])).toEqual(new Set());
  expect(longestRise([3, 2, 1]).size).toBe(1);
});
