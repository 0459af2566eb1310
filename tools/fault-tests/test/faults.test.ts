/** Does the store keep its promises at a sample of all crash points, failures and damages? */
import { expect, test } from 'vitest';
import { PARTS } from '../src/parts.ts';
import { Tally } from '../src/tally.ts';

for (const part of PARTS) {
  test(`${part.name}, in short`, async () => {
    const tally = new Tally();
    await part.run(tally, 'short');
    expect(tally.failures.map(({ plan, error }) => `${plan}: ${error}`)).toEqual([]);
    expect(tally.passed).toBeGreaterThan(0);
  });
}
