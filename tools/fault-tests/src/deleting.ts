/** Cuts the power at every operation while a segment and an instance's logs are deleted. */
import { deletedFile, openProofKeeper, type ProofKeeper, verifyStore } from '@mcplog/log-proof';
import { deleteLogs, deleteSegment, listSegments } from '@mcplog/log-store/maintenance';
import { openLogReader } from '@mcplog/log-store/reader';
import type { FaultPlan, MemoryDisk, Survival } from '@mcplog/test-kit';
import { BrokenPromise } from './broken-promise.ts';
import { survivals } from './crash-points.ts';
import { DATA, LOGS, makeStore, type SignedStore } from './damage/signed-store.ts';
import { Tally } from './tally.ts';

const ONE = { userId: 'alice', instanceId: 'one' };
const TWO = { userId: 'alice', instanceId: 'two' };
const DIRECTORY = 'users/user_alice/mcp_one';
const ERASED = `${LOGS}/users/user_alice/mcp_two/`;
const NOW_MS = Date.UTC(2025, 6, 20);
const PAGE = 1000;

type Cut = NonNullable<FaultPlan['powerCut']>;
type SkipSync = NonNullable<FaultPlan['skipSync']>;

export interface DeletingOptions {
  readonly seeds: number;
  readonly stride: number;
}

export async function enumerateDeletions(
  { seeds, stride }: DeletingOptions,
  tally: Tally,
  skipSync?: SkipSync,
): Promise<void> {
  const store = await makeStore();
  const scene = new DeletionScene(store, skipSync);
  const operations = await scene.operations();
  let point = 0;
  for (let operation = 1; operation <= operations; operation++) {
    for (const when of ['before', 'after'] as const) {
      for (const survival of survivals(seeds)) {
        if (point++ % stride !== 0) continue;
        const cut = { operation, when };
        await tally.check(
          () => scene.run(cut, survival),
          () => `delete: ${JSON.stringify({ cut, survival })}`,
        );
      }
    }
  }
}

/** A record of a deletion that only seems to be synced must be noticed. */
export async function catchDeletionMutant(tally: Tally): Promise<void> {
  await tally.check(
    async () => {
      const points = new Tally();
      const skipSync: SkipSync = ({ path }) => path.endsWith('/deletions.jsonl');
      await enumerateDeletions({ seeds: 1, stride: 3 }, points, skipSync);
      if (points.failed === 0) throw new Error('no crash point catches it');
    },
    () => 'mutant: no sync of authorised deletions',
  );
}

class DeletionScene {
  readonly #store: SignedStore;
  readonly #skipSync: SkipSync | undefined;

  constructor(store: SignedStore, skipSync: SkipSync | undefined) {
    this.#store = store;
    this.#skipSync = skipSync;
  }

  async operations(): Promise<number> {
    const disk = this.#disk();
    await deleteBoth(disk);
    return disk.operations.length;
  }

  /** @throws BrokenPromise */
  async run(powerCut: Cut, survival: Survival): Promise<void> {
    const before = this.#disk();
    const all = { one: await linesOf(before, ONE), two: await linesOf(before, TWO) };
    const disk = this.#disk({ powerCut });
    await deleteBoth(disk).catch((error: unknown) => {
      if (!disk.isOff) throw error;
    });
    const skipSync = this.#skipSync;
    const found = disk.afterPowerCut(survival, skipSync === undefined ? {} : { skipSync });
    // The next start mends what a cut left of a record that nothing relied on yet.
    openKeeper(found).close();
    await this.#assertClean(found);
    const [first = ''] = all.one;
    const one = await linesOf(found, ONE);
    const rest = all.one.filter((line) => one.includes(line));
    const isWhole = one.length === all.one.length;
    if (String(one) !== String(rest) || (!isWhole && one.includes(first))) {
      throw new BrokenPromise('a part of a segment is there');
    }
    const two = await linesOf(found, TWO);
    if (two.length > 0 && String(two) !== String(all.two)) {
      throw new BrokenPromise("a part of an instance's logs is there");
    }
    await deleteBoth(found);
    await this.#assertGone(found, first);
  }

  async #assertGone(disk: MemoryDisk, first: string): Promise<void> {
    if ((await linesOf(disk, ONE)).includes(first)) throw new BrokenPromise('is still there');
    const left = [...disk.contents().keys()].filter((path) => path.startsWith(ERASED));
    const moved = [...disk.contents().keys()].filter((path) => path.includes('/deleting/mcp'));
    if (left.length + moved.length > 0) throw new BrokenPromise(`left: ${[...left, ...moved]}`);
    const deletions = await this.#assertClean(disk);
    if (deletions !== 2) throw new BrokenPromise(`${deletions} deletions are counted`);
  }

  /** @returns how many authorised deletions verification counts */
  async #assertClean(disk: MemoryDisk): Promise<number> {
    const { anchors } = this.#store;
    const verification = verifyStore({ logs: LOGS, data: DATA, disk, anchors });
    for await (const { kind, file, message } of verification) {
      throw new BrokenPromise(`${kind} ${file}: ${message}`);
    }
    return verification.counts.deletions;
  }

  /** The store, everything on it durable. */
  #disk(plan: FaultPlan = {}): MemoryDisk {
    const skipSync = this.#skipSync;
    const faults = skipSync === undefined ? plan : { ...plan, skipSync };
    return this.#store.disk.afterPowerCut({ kind: 'everything' }, faults);
  }
}

/** The oldest segment of one instance, and all logs of another. */
async function deleteBoth(disk: MemoryDisk): Promise<void> {
  const keeper = openKeeper(disk);
  await deleteOldest(disk, keeper);
  await deleteLogs({
    disk,
    root: LOGS,
    ids: TWO,
    authorise: (directory) =>
      keeper.authoriseDeletion({
        directory,
        reason: 'erasure',
        by: 'alice',
        isWhole: true,
        files: [],
      }),
  });
  keeper.close();
}

function openKeeper(disk: MemoryDisk): ProofKeeper {
  let nowMs = NOW_MS;
  return openProofKeeper({ logs: LOGS, data: DATA, disk, now: () => nowMs++ });
}

async function deleteOldest(disk: MemoryDisk, keeper: ProofKeeper): Promise<void> {
  const directory = `${LOGS}/${DIRECTORY}`;
  const name = listSegments(disk, directory, 'app')[0]?.name;
  // A second call finds the next segment: only the first is to go.
  if (name === undefined || name.number > 0) return;
  await deleteSegment({
    disk,
    directory,
    name,
    authorise: (file) =>
      keeper.authoriseDeletion({
        directory: DIRECTORY,
        reason: 'retention',
        by: 'rule-30-days',
        files: [deletedFile(file.name, file.seal)],
      }),
  });
}

async function linesOf(disk: MemoryDisk, ids: typeof ONE): Promise<string[]> {
  const view = openLogReader({ root: LOGS, disk }).instance(ids);
  const { entries } = await view.query({ filter: { file: 'app' }, order: 'asc', limit: PAGE });
  return entries.map(({ metadata }) => String(metadata.seq));
}
