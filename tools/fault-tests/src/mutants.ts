/**
 * Stores with a sync left out. The enumeration must catch each: else it would not notice if the
 * real one lost that sync.
 */
import type { Operation } from '@mcplog/test-kit';
import { enumerateCrashes } from './crash-points.ts';
import type { History } from './history.ts';
import { Tally } from './tally.ts';

interface Mutant {
  readonly name: string;
  readonly skipSync: (operation: Operation) => boolean;
  /** Only histories that seal can show it. */
  readonly seals?: boolean;
}

const ACTIVE = /\.log$/;
const PART = /\.gz\.part$/;
const INSTANCE = /\/mcp_[a-z]+$/;

export const MUTANTS: readonly Mutant[] = [
  { name: 'no sync of appended lines', skipSync: ({ path }) => ACTIVE.test(path) },
  { name: 'no sync of names in an instance', skipSync: ({ path }) => INSTANCE.test(path) },
  { name: 'no sync of the directories above', skipSync: ({ path }) => /\/users$/.test(path) },
  { name: 'no sync of a new sealed file', seals: true, skipSync: ({ path }) => PART.test(path) },
];

/** One check per mutant: passed when some crash point catches it in some history. */
export async function catchMutants(histories: readonly History[], tally: Tally): Promise<void> {
  const sealing = histories.filter(({ steps }) => steps.some((step) => step.do === 'seal'));
  for (const { name, skipSync, seals = false } of MUTANTS) {
    await tally.check(
      async () => {
        for (const history of seals ? sealing : histories) {
          const points = new Tally();
          const options = { seeds: 1, againEvery: 0, stride: 7, untilFailed: true };
          await enumerateCrashes({ ...history, skipSync }, options, points);
          if (points.failed > 0) return;
        }
        throw new Error('no crash point catches it');
      },
      () => `mutant: ${name}`,
    );
  }
}
