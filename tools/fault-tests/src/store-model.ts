/**
 * Does the store, whatever is done to it in whatever order, answer as a list in memory would?
 * Random commands run against the writer, the sealing and the reader on a disk in memory; power cuts
 * and kills are commands like others.
 */
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { LEVELS, type LogEntry, type LogFile, seqOfLine } from '@mcplog/log-entry';
import { compileFilter, type LogFilter } from '@mcplog/log-query';
import { listSegments, segmentPaths } from '@mcplog/log-store/maintenance';
import { type LogView, type Order, openLogReader, READ_SIZES } from '@mcplog/log-store/reader';
import type { LogTarget } from '@mcplog/log-store/writer';
import { MemoryDisk, type Survival } from '@mcplog/test-kit';
import fc from 'fast-check';
import { BrokenPromise } from './broken-promise.ts';
import { instanceFile, Numbers, type Step } from './history.ts';
import { plainLinesOf } from './plain-files.ts';
import { ROOT, StoreRun } from './store-run.ts';

const IDS = { userId: 'alice', instanceId: 'one' };
const DIRECTORY = `${ROOT}/users/user_${IDS.userId}/mcp_${IDS.instanceId}`;
const FILES: readonly LogFile[] = ['app', 'error'];
const SIZES = {
  ...READ_SIZES,
  chunkFirst: 256,
  chunkMax: 1024,
  slowChunkMax: 512,
  seekMin: 300,
  probe: 100,
};

export type Command =
  | { readonly do: 'append'; readonly file: LogFile; readonly count: number }
  | { readonly do: 'commit' | 'seal' | 'reopen' | 'kill' | 'next day' }
  | { readonly do: 'rotate'; readonly file: LogFile }
  | { readonly do: 'power cut'; readonly survival: Survival }
  | { readonly do: 'delete'; readonly file: LogFile }
  | {
      readonly do: 'query';
      readonly filter: LogFilter;
      readonly order: Order;
      readonly limit: number;
    };

const file = fc.constantFrom(...FILES);
const seed = fc.nat(1000);
const survival: fc.Arbitrary<Survival> = fc.oneof(
  fc.constant<Survival>({ kind: 'nothing' }),
  fc.constant<Survival>({ kind: 'everything' }),
  seed.map((value): Survival => ({ kind: 'prefix', seed: value })),
  seed.map((value): Survival => ({ kind: 'holes', seed: value, pageBytes: 96 })),
);
const moment = fc.integer({ min: 0, max: 40 }).map((n) => Date.UTC(2025, 6, 13, 22) + n * 100);
const filter: fc.Arbitrary<LogFilter> = fc.record(
  {
    startMs: moment,
    endMs: moment,
    levels: fc.subarray([...LEVELS], { minLength: 1 }),
    file,
    search: fc.constantFrom('ready', 'GRÖSSE', 'größe', '日本', 'xxxx', '"', 'one', '1', 'stop'),
    regex: fc.constantFrom('^[0-9]+ ready', '(?i)READY|fehler', 'x{5}'),
  },
  { requiredKeys: [] },
);

export const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        file,
        count: fc.integer({ min: 1, max: 6 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom('commit', 'seal', 'reopen', 'kill', 'next day'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('rotate' as const), file }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('power cut' as const), survival }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), file }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('query' as const),
        filter,
        order: fc.constantFrom<Order>('asc', 'desc'),
        limit: fc.integer({ min: 1, max: 9 }),
      }),
    },
  ),
  { maxLength: 30 },
);

/** @throws BrokenPromise when the store answers otherwise than the list */
export async function playCommands(list: readonly Command[]): Promise<void> {
  const store = new ModelledStore();
  for (const command of list) await store.play(command);
  await store.play({ do: 'query', filter: {}, order: 'asc', limit: 7 });
}

/** The store and the list side by side. */
class ModelledStore {
  readonly #numbers = new Numbers();
  #run = new StoreRun(new MemoryDisk(), {});
  #hadHoles = false;
  /** What must be there, in order of seq, and in which file. */
  #list: { readonly file: LogFile; readonly entry: LogEntry }[] = [];

  async play(command: Command): Promise<void> {
    switch (command.do) {
      case 'append':
        await this.#append(instanceFile(IDS.instanceId, command.file), command);
        return;
      case 'next day':
        this.#numbers.day++;
        return;
      case 'rotate':
        await this.#step({ do: 'rotate', target: instanceFile(IDS.instanceId, command.file) });
        return;
      case 'power cut': {
        this.#hadHoles ||= command.survival.kind === 'holes';
        const disk = this.#run.disk.afterPowerCut(command.survival);
        this.#run = new StoreRun(disk, {}, this.#run);
        await this.#run.settle();
        return;
      }
      case 'delete':
        this.#deleteOldest(command.file);
        return;
      case 'query':
        await this.#compare(command);
        return;
      default:
        await this.#step({ do: command.do });
    }
  }

  async #append(
    target: LogTarget,
    { file: name, count }: { readonly file: LogFile; readonly count: number },
  ): Promise<void> {
    const batch = this.#numbers.batch([target, count]);
    await this.#step({ do: 'deliver', batch });
    for (const { entries } of batch) {
      this.#list.push(...entries.map((entry) => ({ file: name, entry })));
    }
  }

  #step(step: Step): Promise<void> {
    return this.#run.play([step]);
  }

  /** As retention does: the oldest sealed segment of a log goes, with its index. */
  #deleteOldest(log: LogFile): void {
    const { disk } = this.#run;
    if (disk.lstat(DIRECTORY) === undefined) return;
    const [oldest] = listSegments(disk, DIRECTORY, log);
    if (oldest === undefined || oldest.hasPlain || oldest.name.suspect !== undefined) return;
    const { sealed, index } = segmentPaths(DIRECTORY, oldest.name);
    const before = this.#seqsOf(sealed);
    for (const path of [index, sealed]) {
      if (disk.lstat(path) === undefined) continue;
      disk.unlink(path);
      const parent = disk.open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
      disk.fsyncNow(parent);
      disk.close(parent);
    }
    this.#list = this.#list.filter(({ entry }) => !before.has(entry.metadata.seq));
  }

  #seqsOf(sealedPath: string): Set<number> {
    const path = `${DIRECTORY}/sought.log`;
    const bytes = this.#run.disk.contents().get(sealedPath) as Buffer;
    const lines = plainLinesOf(new Map([[`${path}.2000-01-01.gz`, bytes]]), path);
    return new Set(lines.map((line) => seqOfLine(line) ?? 0));
  }

  async #compare(asked: Extract<Command, { do: 'query' }>): Promise<void> {
    const { matches } = compileFilter(asked.filter);
    const wanted = this.#list
      .filter(({ file: name }) => asked.filter.file === undefined || asked.filter.file === name)
      .map(({ entry }) => entry)
      .filter(matches)
      .sort((left, right) => left.metadata.seq - right.metadata.seq);
    if (asked.order === 'desc') wanted.reverse();
    const reader = openLogReader({ root: ROOT, disk: this.#run.disk, sizes: SIZES });
    const { entries: pages, total } = await allPages(reader.instance(IDS), asked);
    // A line whose middle is missing keeps its place in totals, see the README of log-store.
    const isRight = this.#hadHoles ? total >= wanted.length : total === wanted.length;
    if (!isRight) throw new BrokenPromise(`a total of ${total}, not ${wanted.length}`);
    if (JSON.stringify(pages) !== JSON.stringify(wanted)) {
      const seqs = (entries: readonly LogEntry[]) => entries.map(({ metadata }) => metadata.seq);
      throw new BrokenPromise(`the store says ${seqs(pages)}, the list ${seqs(wanted)}`);
    }
  }
}

async function allPages(
  view: LogView,
  { filter: wanted, order, limit }: Extract<Command, { do: 'query' }>,
): Promise<{ entries: LogEntry[]; total: number }> {
  const entries: LogEntry[] = [];
  const totals = new Set<number | null>();
  let cursor: string | null = null;
  do {
    const page = await view.query({ filter: wanted, order, limit, cursor });
    totals.add(page.total);
    entries.push(...page.entries);
    cursor = page.nextCursor;
  } while (cursor !== null);
  const [total, ...others] = totals;
  if (others.length > 0) throw new BrokenPromise(`totals from page to page: ${[...totals]}`);
  return { entries, total: total ?? -1 };
}
