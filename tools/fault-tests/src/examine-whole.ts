/** What must hold of a store once everything was delivered again. */
import { dirname } from 'node:path';
import { BrokenPromise } from './broken-promise.ts';
import { entryOf } from './entries.ts';
import { examine, linesIn, pathOf } from './examine.ts';
import { type History, targetsOf } from './history.ts';
import { examineSealed, sealAll } from './sealing.ts';
import { ROOT, StoreRun } from './store-run.ts';

/**
 * Everything delivered is there once; opening again changes nothing; what is new finds its place.
 * @returns the run that also delivered what is new
 * @throws BrokenPromise
 */
export async function examineWhole(run: StoreRun, history: History): Promise<StoreRun> {
  const { disk } = run;
  const targets = targetsOf(history);
  const all = linesIn(run.delivered);
  await run.stop();
  await examine(disk, targets, { atLeast: all, atMost: all });
  await sealAll(disk, ROOT);
  await examineSealed(disk, ROOT);
  await examine(disk, targets, { atLeast: all, atMost: all });
  for (const ids of run.created) {
    for (const file of ['app', 'access', 'error'] as const) {
      const path = pathOf({ kind: 'instance', ...ids, file });
      const names = disk.readdir(dirname(path));
      // A file that was set aside gets its successor with its next line.
      const isThere = names.some((name) => name.startsWith(`${file}.log`));
      if (!isThere) throw new BrokenPromise(`${path} is not there`);
    }
  }
  const before = disk.contents();
  for (let time = 0; time < 2; time++) {
    await new StoreRun(disk, history, run).touch(targets);
    assertSame(before, disk.contents());
  }
  const fresh = new StoreRun(disk, history, run);
  await fresh.play([
    {
      do: 'deliver',
      batch: targets.map((target) => ({ target, entries: [entryOf(target, 9999)] })),
    },
  ]);
  await fresh.settle();
  const more = linesIn(fresh.delivered);
  await examine(disk, targets, { atLeast: more, atMost: more });
  return fresh;
}

/** Logs that were never written to may get their empty files. */
function assertSame(before: ReadonlyMap<string, Buffer>, after: ReadonlyMap<string, Buffer>): void {
  for (const [path, bytes] of before) {
    if (!after.get(path)?.equals(bytes)) throw new BrokenPromise(`opening again changed ${path}`);
  }
  for (const [path, bytes] of after) {
    if (bytes.length > 0 && !before.has(path)) throw new BrokenPromise(`opening made ${path}`);
  }
}
