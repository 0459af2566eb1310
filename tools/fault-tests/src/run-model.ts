import fc from 'fast-check';
import { commands, playCommands } from './store-model.ts';
import type { Tally } from './tally.ts';

/** One check per run; a failure is shrunk and told with its seed and commands. */
export async function runModel(tally: Tally, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(commands, playCommands);
  const details = await fc.check(property, { numRuns });
  tally.passed += details.numRuns - (details.failed ? 1 : 0);
  if (!details.failed) return;
  tally.fail(
    `model of the store: ${JSON.stringify({ seed: details.seed, path: details.counterexamplePath })}`,
    fc.defaultReportMessage(details),
  );
}
