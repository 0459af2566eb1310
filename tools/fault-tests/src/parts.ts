/** The parts of the fault tests, each in a long and a short form. */
import { type CrashOptions, enumerateCrashes } from './crash-points.ts';
import { sweepDamage } from './damage/sweep-damage.ts';
import { catchDeletionMutant, enumerateDeletions } from './deleting.ts';
import {
  enumerateBlindness,
  enumerateFailures,
  enumerateFullDisks,
  enumerateUnreadable,
} from './failing-calls.ts';
import { histories } from './histories.ts';
import { catchMutants } from './mutants.ts';
import { runModel } from './run-model.ts';
import type { Tally } from './tally.ts';

export type Form = 'long' | 'short';

export interface Part {
  readonly name: string;
  run(tally: Tally, form: Form): Promise<void>;
}

/** The short form takes every so many points. */
const CRASHES: Record<Form, CrashOptions> = {
  long: { seeds: 3, againEvery: 97, stride: 1 },
  short: { seeds: 2, againEvery: 0, stride: 41 },
};
const STRIDES: Record<Form, { calls: number; bytes: number }> = {
  long: { calls: 1, bytes: 7 },
  short: { calls: 41, bytes: 601 },
};
const MODEL_RUNS: Record<Form, number> = { long: 5000, short: 150 };

const crashes = histories().map(
  (history): Part => ({
    name: `crash points: ${history.name}`,
    run: (tally, form) => enumerateCrashes(history, CRASHES[form], tally),
  }),
);

const failures = histories().map(
  (history): Part => ({
    name: `failing calls and full disks: ${history.name}`,
    async run(tally, form) {
      const { calls, bytes } = STRIDES[form];
      await enumerateFailures(history, { stride: calls }, tally);
      await enumerateBlindness(history, { stride: calls }, tally);
      await enumerateUnreadable(history, { stride: 1 }, tally);
      await enumerateFullDisks(history, { stride: bytes }, tally);
    },
  }),
);

export const PARTS: readonly Part[] = [
  ...crashes,
  {
    name: 'crash points: delete',
    async run(tally, form) {
      await enumerateDeletions(CRASHES[form], tally);
      await catchDeletionMutant(tally);
    },
  },
  { name: 'left out syncs are caught', run: (tally) => catchMutants(histories(), tally) },
  ...failures,
  { name: 'model of the store', run: (tally, form) => runModel(tally, MODEL_RUNS[form]) },
  { name: 'damage sweep', run: sweepDamage },
];
