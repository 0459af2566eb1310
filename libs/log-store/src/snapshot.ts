/** The files behind a view, opened together as they are at one moment. */
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import type { LineCounts } from './line-counts.ts';
import type { LineBatch, LineCount, LineSource, Scan } from './line-source.ts';
import { orderSources, type SourceLimit } from './order-sources.ts';
import { directoriesExist } from './path.ts';
import { openPlainSource, type PlainSource } from './plain-source.ts';
import type { ReadSizes } from './read-sizes.ts';
import type { ScanGuard } from './scan-guard.ts';

const ATTEMPTS_MAX = 8;

/** Which logs a view is made of. */
export interface ViewPlace {
  readonly disk: Disk;
  readonly root: string;
  /** The directory, as steps below the root. */
  readonly steps: readonly string[];
  /** Names without `.log`, each one log. */
  readonly names: readonly string[];
  /** False for logs whose timestamps may step back within a run. */
  readonly timeRises: boolean;
  readonly counts: LineCounts;
  readonly sizes: ReadSizes;
}

/** One log's files in order. */
export interface OpenLog {
  readonly name: string;
  readonly sources: readonly SourceLimit[];
}

export interface Snapshot {
  readonly logs: readonly OpenLog[];
  readonly bytes: number;
  close(): void;
}

/** @param names the logs wanted, of those the view has. */
export async function openSnapshot(
  place: ViewPlace,
  names: readonly string[],
  guard: ScanGuard,
): Promise<Snapshot> {
  const opened: LineSource[] = [];
  const close = () => {
    for (const source of opened) source.close();
  };
  try {
    const logs: OpenLog[] = [];
    const exists = directoriesExist(place.disk, place.root, place.steps);
    for (const name of exists ? names : []) {
      const sources = await openFilesOf(place, name);
      opened.push(...sources);
      logs.push({ name, sources: await orderSources(sources, guard) });
    }
    return { logs, close, bytes: opened.reduce((total, { bytes }) => total + bytes, 0) };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * The active file and those set aside, older first. When the writer renames the active one between
 * our opening it and our listing, we begin anew.
 */
async function openFilesOf(place: ViewPlace, name: string): Promise<PlainSource[]> {
  const directory = join(place.root, ...place.steps);
  const path = join(directory, `${name}.log`);
  for (let attempt = 1; ; attempt++) {
    const active = await openPlainSource(place.disk, path, place);
    const suspects = place.disk
      .readdir(directory)
      .filter((file) => file.startsWith(`${name}.log.suspect-`))
      .sort();
    const opened: PlainSource[] = [];
    for (const file of suspects) {
      const source = await openPlainSource(place.disk, join(directory, file), place);
      if (source !== undefined) opened.push(source);
    }
    if (active !== undefined) opened.push(active);
    const isSame = place.disk.lstat(path)?.identity === active?.identity;
    if (isSame || attempt === ATTEMPTS_MAX) return opened;
    for (const source of opened) source.close();
  }
}

/** The matching lines of one log, through all its files. */
export async function* batchesOf(log: OpenLog, scan: Scan): AsyncGenerator<LineBatch> {
  const sources = scan.order === 'asc' ? log.sources : log.sources.toReversed();
  for (const { source, until } of sources) {
    yield* source.batches({ ...scan, until: Math.min(scan.until, until) });
  }
}

export async function countOf(log: OpenLog, scan: Scan): Promise<LineCount> {
  let lines = 0;
  let damaged = 0;
  for (const { source, until } of log.sources) {
    const count = await source.count({ ...scan, until: Math.min(scan.until, until) });
    lines += count.lines;
    damaged += count.damaged;
  }
  return { lines, damaged };
}
