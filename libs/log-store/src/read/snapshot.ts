/** The files behind a view, as they are at one moment. */
import { join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { directoriesExist } from '../disk/path.ts';
import { FilesMovingError, isUnreadable } from '../errors.ts';
import { FairTurn } from '../scan/fair-turn.ts';
import { inOrder } from '../scan/in-order.ts';
import type { ScanFigures } from '../scan/scan-figures.ts';
import type { ScanPool } from '../scan/scan-pool.ts';
import { type ListedSegment, segmentsAmong } from '../segment/list-segments.ts';
import { plainFileOf } from '../segment/segment-name.ts';
import type { LineBatch, LineCount, LineSource, Scan } from './line-source.ts';
import type { LiveIndexes } from './live-index.ts';
import { orderSources, type SourceLimit } from './order-sources.ts';
import { openPlainSource, type PlainSource } from './plain-source.ts';
import type { ReadSizes } from './read-sizes.ts';
import { createRotatedSource, unreadableSource } from './rotated-source.ts';
import { childGuard, type ScanGuard } from './scan-guard.ts';
import type { SegmentCache } from './segment-cache.ts';
import { createSegmentSource } from './segment-source.ts';

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
  readonly live: LiveIndexes;
  readonly sizes: ReadSizes;
  readonly segments: SegmentCache;
  readonly pool: ScanPool | undefined;
  readonly figures: ScanFigures;
}

/** One log's files in order. */
export interface OpenLog {
  readonly name: string;
  readonly sources: readonly SourceLimit[];
}

export interface Snapshot {
  readonly logs: readonly OpenLog[];
  /** On disk. */
  bytes(guard: ScanGuard): Promise<number>;
  close(): void;
}

/** @param names the logs wanted, of those the view has. */
export async function openSnapshot(
  place: ViewPlace,
  names: readonly string[],
  guard: ScanGuard,
): Promise<Snapshot> {
  const exists = directoriesExist(place.disk, place.root, place.steps);
  const files = exists ? await openFiles(place, names, guard) : [];
  const opened = files.flatMap(sourcesOf);
  const close = () => closeAll(opened);
  try {
    const logs: OpenLog[] = [];
    for (const { name, rotated, setAside, active } of files) {
      const inOrder = active === undefined ? rotated : [...rotated, active];
      logs.push({ name, sources: await orderSources(inOrder, setAside, guard) });
    }
    return { logs, close, bytes: (asking) => bytesOf(opened, asking) };
  } catch (error) {
    close();
    throw error;
  }
}

interface FilesOfLog {
  readonly name: string;
  /** In the order of their names. */
  readonly rotated: LineSource[];
  readonly setAside: LineSource[];
  readonly active: PlainSource | undefined;
}

function sourcesOf({ rotated, setAside, active }: FilesOfLog): LineSource[] {
  return [...rotated, ...setAside, ...(active === undefined ? [] : [active])];
}

async function bytesOf(sources: readonly LineSource[], guard: ScanGuard): Promise<number> {
  const turn = new FairTurn();
  let total = 0;
  for (const source of sources) {
    await turn.give(guard);
    total += source.bytes;
  }
  return total;
}

function closeAll(sources: readonly LineSource[]): void {
  for (const source of sources) source.close();
}

/**
 * Opens the active files first, then lists the others: a file that the writer rotates in between is
 * listed as well, and we begin anew; one that is rotated later is not listed, and we have it open.
 */
async function openFiles(
  place: ViewPlace,
  names: readonly string[],
  guard: ScanGuard,
): Promise<FilesOfLog[]> {
  const { disk, root, steps } = place;
  const directory = join(root, ...steps);
  const pathOf = (name: string) => join(directory, `${name}.log`);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const files: FilesOfLog[] = [];
    try {
      for (const name of names) {
        files.push({
          name,
          rotated: [],
          setAside: [],
          active: await openActive(place, pathOf(name)),
        });
      }
      const listed = await listStable(disk, directory, guard);
      const isSame = files.every(
        ({ name, active }) => disk.lstat(pathOf(name))?.identity === active?.identity,
      );
      if (isSame) {
        await addRotated(place, { files, listed }, guard);
        return files;
      }
    } catch (error) {
      closeAll(files.flatMap(sourcesOf));
      throw error;
    }
    closeAll(files.flatMap(sourcesOf));
  }
  throw new FilesMovingError(directory);
}

/** A link is never followed, and hides nothing but what it stands for. */
async function openActive(place: ViewPlace, path: string): Promise<PlainSource | undefined> {
  try {
    return await openPlainSource(place.disk, path, place);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    place.figures.filesSkipped++;
    return unreadableSource(place.disk.lstat(path)?.identity ?? '');
  }
}

/** As many names as the kernel is sure to hand out at one moment. */
const NAMES_AT_ONCE = 256;

/**
 * A longer directory is read in several pieces, and a file that gets its other name in between may be
 * in none of them: so it is read until two lists name the same segments.
 */
async function listStable(
  disk: Disk,
  directory: string,
  guard: ScanGuard,
): Promise<ListedSegment[]> {
  const turn = new FairTurn();
  let before: Set<string> | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const files = disk.readdir(directory);
    await turn.give(guard);
    const listed = segmentsAmong(files);
    if (files.length <= NAMES_AT_ONCE) return listed;
    await turn.give(guard);
    const names = listed.map(({ name }) => plainFileOf(name));
    if (before !== undefined && names.every((name) => before?.has(name))) return listed;
    before = new Set(names);
    await turn.give(guard);
  }
  throw new FilesMovingError(directory);
}

/** A plain file stands before its sealed one while sealing is not finished, see rotated-source.ts. */
async function addRotated(
  place: ViewPlace,
  { files, listed }: { files: readonly FilesOfLog[]; listed: readonly ListedSegment[] },
  guard: ScanGuard,
): Promise<void> {
  const options = { ...place, directory: join(place.root, ...place.steps) };
  const turn = new FairTurn();
  for (const segment of listed) {
    await turn.give(guard);
    const { name, hasPlain } = segment;
    const log = files.find((file) => file.name === name.log);
    const source = hasPlain
      ? createRotatedSource({ ...options, segment })
      : createSegmentSource({ ...options, name });
    (name.suspect === undefined ? log?.rotated : log?.setAside)?.push(source);
  }
}

/** The matching lines of one log, through all its files. */
export async function* batchesOf(log: OpenLog, scan: Scan): AsyncGenerator<LineBatch> {
  const sources = scan.order === 'asc' ? log.sources : log.sources.toReversed();
  const turn = new FairTurn();
  for (const limited of sources) {
    await turn.give(scan.guard);
    yield* limited.source.batches(within(scan, limited));
  }
}

/** Files whose matches are counted at once: the threads get the next one's while one ends. */
const COUNTED_AT_ONCE = 2;

export async function countOf(log: OpenLog, scan: Scan): Promise<LineCount> {
  let lines = 0;
  let damaged = 0;
  const turn = new FairTurn();
  const { guard, stop } = childGuard(scan.guard);
  const counts = inOrder(log.sources, {
    aheadFirst: COUNTED_AT_ONCE,
    aheadMax: COUNTED_AT_ONCE,
    stop,
    run: (limited) => limited.source.count({ ...within(scan, limited), guard }),
  });
  for await (const count of counts) {
    await turn.give(scan.guard);
    lines += count.lines;
    damaged += count.damaged;
  }
  return { lines, damaged };
}

/** Of a file whose lines partly stand in another as well, only those that are its own. */
export function within(scan: Scan, { after, until }: SourceLimit): Scan {
  return { ...scan, after: Math.max(scan.after, after), until: Math.min(scan.until, until) };
}
