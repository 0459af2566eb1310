/** Cuts the power at every operation of a history and looks at what the next start makes of it. */
import { type FaultPlan, MemoryDisk, type Survival } from '@mcplog/test-kit';
import { examine, linesIn } from './examine.ts';
import { examineWhole } from './examine-whole.ts';
import { type History, targetsOf } from './history.ts';
import { StoppedError, StoreRun } from './store-run.ts';
import type { Tally } from './tally.ts';

type Cut = NonNullable<FaultPlan['powerCut']>;

export interface CrashPlan {
  readonly history: History;
  readonly cut: Cut;
  readonly survival: Survival;
  /** A second cut, while the next start recovers. */
  readonly again?: { readonly cut: Cut; readonly survival: Survival };
}

export interface CrashOptions {
  /** Seeds tried of each survival that has one. */
  readonly seeds: number;
  /** Every how-manyth point also gets a second cut at each operation of its recovery; 0 for none. */
  readonly againEvery: number;
  /** Takes only every so many points. */
  readonly stride: number;
  /** Ends with the first failure. */
  readonly untilFailed?: boolean;
}

const PAGE_BYTES = 96;

export function survivals(seeds: number): Survival[] {
  const seeded = Array.from({ length: seeds }, (_, seed): Survival[] => [
    { kind: 'some-names', seed },
    { kind: 'prefix', seed },
    { kind: 'holes', seed, pageBytes: PAGE_BYTES },
  ]);
  return [{ kind: 'nothing' }, { kind: 'everything' }, { kind: 'names' }, ...seeded.flat()];
}

/** @returns the number of operations the history takes when nothing cuts it. */
export async function operationsOf(history: History): Promise<number> {
  const run = new StoreRun(new MemoryDisk(faultsOf(history)), history);
  await run.play(history.steps);
  return run.disk.operations.length;
}

/** Runs every point of one history. */
export async function enumerateCrashes(
  history: History,
  { seeds, againEvery, stride, untilFailed = false }: CrashOptions,
  tally: Tally,
): Promise<void> {
  const operations = await operationsOf(history);
  let point = 0;
  for (let operation = 1; operation <= operations; operation++) {
    for (const when of ['before', 'after'] as const) {
      for (const survival of survivals(seeds)) {
        if (point++ % stride !== 0) continue;
        if (untilFailed && tally.failed > 0) return;
        const plan = { history, cut: { operation, when }, survival };
        const recovery = await tally.check(
          () => runCrash(plan),
          () => describe(plan),
        );
        if (recovery === undefined || againEvery === 0 || point % againEvery !== 0) continue;
        await cutRecoveries(plan, recovery, tally);
      }
    }
  }
}

/** A cut at every operation of one point's recovery, each with another survival. */
async function cutRecoveries(plan: CrashPlan, operations: number, tally: Tally): Promise<void> {
  const kinds = survivals(2);
  for (let operation = 1; operation <= operations; operation++) {
    const survival = kinds[operation % kinds.length] as Survival;
    const twice = { ...plan, again: { cut: { operation, when: 'before' as const }, survival } };
    await tally.check(
      () => runCrash(twice),
      () => describe(twice),
    );
  }
}

/**
 * @returns the operations of the recovery that followed the cut
 * @throws BrokenPromise when a promise of the store was not kept
 */
export async function runCrash({ history, cut, survival, again }: CrashPlan): Promise<number> {
  const targets = targetsOf(history);
  const disk = new MemoryDisk({ ...faultsOf(history), powerCut: cut });
  let run = new StoreRun(disk, history);
  await untilStopped(() => run.play(history.steps));
  let found = disk.afterPowerCut(survival, {
    ...(history.skipSync === undefined ? {} : { skipSync: history.skipSync }),
    ...(again === undefined ? {} : { powerCut: again.cut }),
  });
  if (again !== undefined) {
    run = new StoreRun(found, history, run);
    await untilStopped(() => run.settle());
    found = found.afterPowerCut(again.survival);
  }
  await examine(found, targets, { atLeast: linesIn(run.acked), atMost: linesIn(run.delivered) });
  const next = new StoreRun(found, history, run);
  await next.settle();
  const operations = found.operations.length;
  await examineWhole(next, history);
  return operations;
}

async function untilStopped(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
  }
}

/** What is wrong with the disk of a history by itself. */
export function faultsOf({ failingSyncs = [], skipSync }: History): FaultPlan {
  return {
    ...(skipSync === undefined ? {} : { skipSync }),
    fail: ({ call, nth }) =>
      call === 'fdatasync' && failingSyncs.includes(nth) ? 'EIO' : undefined,
  };
}

function describe({ history, ...plan }: CrashPlan): string {
  return `${history.name}: ${JSON.stringify(plan)}`;
}
