/** Lets every call of a history fail, and the disk fill up at every byte; power stays on. */
import { type FaultPlan, MemoryDisk, type Operation } from '@mcplog/test-kit';
import { BrokenPromise } from './broken-promise.ts';
import { faultsOf } from './crash-points.ts';
import { examine, linesIn } from './examine.ts';
import { examineWhole } from './examine-whole.ts';
import { type History, targetsOf } from './history.ts';
import { StoreRun } from './store-run.ts';
import type { Tally } from './tally.ts';

/** Calls in a row that fail before the disk works again. */
const FAILING_IN_A_ROW = [1, 5];
const CODES = ['EIO', 'ENOSPC'];
const LOOKING: readonly Operation['call'][] = ['open', 'read', 'readdir', 'stat', 'close'];

/** Every call that changes something fails, alone or with the next ones. */
export async function enumerateFailures(
  history: History,
  { stride }: { readonly stride: number },
  tally: Tally,
): Promise<void> {
  const calls = await callsOf(history);
  let point = 0;
  for (let number = 1; number <= calls.changing; number++) {
    for (const code of CODES) {
      for (const times of FAILING_IN_A_ROW) {
        if (point++ % stride !== 0) continue;
        const plan = { number, code, times };
        const fail = (operation: Operation) =>
          isChanging(operation) && operation.number >= number && operation.number < number + times
            ? code
            : undefined;
        await tally.check(
          () => runFailing(history, { fail }),
          () => `${history.name}: ${JSON.stringify(plan)}`,
        );
      }
    }
  }
}

/** Every call that only looks fails once. */
export async function enumerateBlindness(
  history: History,
  { stride }: { readonly stride: number },
  tally: Tally,
): Promise<void> {
  const calls = await callsOf(history);
  for (const call of LOOKING) {
    for (let nth = 1; nth <= (calls.looking.get(call) ?? 0); nth += stride) {
      const fail = (operation: Operation) =>
        operation.call === call && operation.nth === nth ? 'EIO' : undefined;
      await tally.check(
        () => runFailing(history, { fail }),
        () => `${history.name}: ${JSON.stringify({ call, nth })}`,
      );
    }
  }
}

/** From some read of a file on, every one of it fails until the history is over. */
export async function enumerateUnreadable(
  history: History,
  { stride }: { readonly stride: number },
  tally: Tally,
): Promise<void> {
  const { reads } = await callsOf(history);
  for (const [path, count] of reads) {
    for (let from = 1; from <= count; from += stride) {
      let seen = 0;
      const fail = ({ call, path: read }: Operation) =>
        call === 'read' && read === path && ++seen >= from ? 'EIO' : undefined;
      await tally.check(
        () => runFailing(history, { fail }),
        () => `${history.name}: ${JSON.stringify({ unreadable: path, from })}`,
      );
    }
  }
}

/** The disk has room for so many bytes, and for more when the history is over. */
export async function enumerateFullDisks(
  history: History,
  { stride }: { readonly stride: number },
  tally: Tally,
): Promise<void> {
  const { bytes } = await callsOf(history);
  for (let roomBytes = 0; roomBytes <= bytes; roomBytes += stride) {
    await tally.check(
      () => runFailing(history, { roomBytes, shortWriteSeed: roomBytes }),
      () => `${history.name}: ${JSON.stringify({ roomBytes })}`,
    );
  }
}

/** @throws BrokenPromise when a promise of the store was not kept */
async function runFailing(history: History, faults: FaultPlan): Promise<void> {
  const targets = targetsOf(history);
  const own = faultsOf(history).fail;
  const fail = (operation: Operation) => faults.fail?.(operation) ?? own?.(operation);
  const disk = new MemoryDisk({ ...faults, fail });
  const run = new StoreRun(disk, history);
  await run.play(history.steps);
  disk.liftFaults();
  await run.settle();
  const whole = await examineWhole(run, history);
  // What a failed sync has dropped is seen once the cache is, and once the power was.
  const all = { atLeast: linesIn(whole.acked), atMost: linesIn(whole.delivered) };
  const found = disk.afterPowerCut({ kind: 'nothing' });
  await examine(found, targets, all);
  disk.dropCaches();
  await examine(disk, targets, all);
  await whole.stop();
  const isKilled = history.steps.some((step) => step.do === 'kill');
  if (!isKilled && disk.openFiles > 0) {
    throw new BrokenPromise(`${disk.openFiles} descriptors were left open`);
  }
}

interface CallCounts {
  readonly changing: number;
  readonly bytes: number;
  readonly looking: ReadonlyMap<string, number>;
  /** Of each file. */
  readonly reads: ReadonlyMap<string, number>;
}

async function callsOf(history: History): Promise<CallCounts> {
  const looking = new Map<string, number>();
  const reads = new Map<string, number>();
  const own = faultsOf(history).fail;
  const disk = new MemoryDisk({
    fail(operation) {
      const { call, path, nth } = operation;
      if (!isChanging(operation)) looking.set(call, nth);
      if (call === 'read') reads.set(path, (reads.get(path) ?? 0) + 1);
      return own?.(operation);
    },
  });
  await new StoreRun(disk, history).play(history.steps);
  const bytes = [...disk.contents().values()].reduce((total, { length }) => total + length, 0);
  return { changing: disk.operations.length, bytes, looking, reads };
}

function isChanging({ call }: Operation): boolean {
  return !LOOKING.includes(call);
}
