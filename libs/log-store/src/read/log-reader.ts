import { LOG_FILES, type LogEntry, SYSTEM_CATEGORIES } from '@mcplog/log-entry';
import { encodeCursor } from '@mcplog/log-query';
import type { Disk } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { instanceSteps } from '../disk/path.ts';
import { sparingDisk } from '../disk/sparing-disk.ts';
import { createScanFigures } from '../scan/scan-figures.ts';
import type { ScanPool } from '../scan/scan-pool.ts';
import { LiveIndexes } from './live-index.ts';
import { readHistogram } from './read-histogram.ts';
import { readLines } from './read-lines.ts';
import { readPage } from './read-page.ts';
import { READ_SIZES, type ReadSizes } from './read-sizes.ts';
import type {
  ContextOptions,
  LogContext,
  LogReader,
  LogView,
  QueryOptions,
} from './reader-types.ts';
import { startGuard } from './scan-guard.ts';
import { SegmentCache } from './segment-cache.ts';
import { openSnapshot, type ViewPlace } from './snapshot.ts';

export interface LogReaderOptions {
  /** The log directory; may be missing as long as nothing was logged. */
  readonly root: string;
  readonly disk?: Disk;
  /** Tests make them small, so that every edge is met. */
  readonly sizes?: ReadSizes;
  /** Threads for long scans; without it everything runs on the caller's. Only for the real disk. */
  readonly pool?: ScanPool;
}

/** Holds no file open between calls; any number of readers and one writer get along. */
export function openLogReader({
  root,
  disk = nodeDisk,
  sizes = READ_SIZES,
  pool,
}: LogReaderOptions): LogReader {
  const kept = { live: new LiveIndexes(), segments: new SegmentCache() };
  const figures = createScanFigures();
  // Threads share the descriptors of this process, and no other disk than its.
  const shared = {
    disk: sparingDisk(disk),
    root,
    sizes,
    ...kept,
    pool: disk === nodeDisk ? pool : undefined,
    figures,
  };
  return {
    figures: () => ({ ...figures }),
    instance(ids) {
      const steps = instanceSteps(ids);
      return createView({ ...shared, steps, names: LOG_FILES, timeRises: true });
    },
    // Many services write system entries, each by its own clock.
    system(categories = SYSTEM_CATEGORIES) {
      return createView({ ...shared, steps: ['system'], names: categories, timeRises: false });
    },
  };
}

function createView(place: ViewPlace): LogView {
  return {
    query: (options = {}) => readPage(place, options),
    lines: (options = {}) => readLines(place, options),
    histogram: (options) => readHistogram(place, options),
    context: (options) => readContext(place, options),
    lastSeq: () => lastSeqOf(place),
    sizeBytes: () => sizeOf(place),
  };
}

async function readContext(
  place: ViewPlace,
  { seq, before, after, ...limits }: ContextOptions,
): Promise<LogContext> {
  const around = { ...limits, count: 'none' } as const;
  const from = { desc: encodeCursor(seq + 1), asc: encodeCursor(seq) };
  const older = await takeEntries(place, before + 1, {
    ...around,
    order: 'desc',
    cursor: from.desc,
  });
  const newer = await takeEntries(place, after, { ...around, order: 'asc', cursor: from.asc });
  const [first, ...rest] = older;
  const isThere = first?.metadata.seq === seq;
  const earlier: LogEntry[] = isThere ? rest : older.slice(0, before);
  return { before: earlier.reverse(), entry: isThere ? first : null, after: newer };
}

/** So many entries if there are: a damaged line has a place on a page, but is none. */
async function takeEntries(
  place: ViewPlace,
  count: number,
  options: QueryOptions,
): Promise<LogEntry[]> {
  const taken: LogEntry[] = [];
  let cursor = options.cursor ?? null;
  while (taken.length < count) {
    const page = await readPage(place, { ...options, cursor, limit: count - taken.length });
    taken.push(...page.entries);
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return taken;
}

async function lastSeqOf(place: ViewPlace): Promise<number> {
  const guard = startGuard({});
  const snapshot = await openSnapshot(place, place.names, guard);
  try {
    let last = 0;
    for (const { sources } of snapshot.logs) {
      // The active file may be empty since it was rotated.
      for (const { source } of sources.toReversed()) {
        const ends = await source.ends(guard);
        last = Math.max(last, ends?.last ?? 0);
        if (ends !== undefined) break;
      }
    }
    return last;
  } finally {
    snapshot.close();
  }
}

async function sizeOf(place: ViewPlace): Promise<number> {
  const guard = startGuard({});
  const snapshot = await openSnapshot(place, place.names, guard);
  try {
    return await snapshot.bytes(guard);
  } finally {
    snapshot.close();
  }
}
