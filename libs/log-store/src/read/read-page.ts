import { type LogEntry, parseEntry } from '@mcplog/log-entry';
import { compileFilter, decodeCursor, encodeCursor } from '@mcplog/log-query';
import { BadCursorError } from '../errors.ts';
import { createMatcher } from './line-matcher.ts';
import { LineMerge, type MergedLine } from './line-merge.ts';
import type { Scan } from './line-source.ts';
import type { QueryOptions, QueryPage } from './reader-types.ts';
import { startGuard } from './scan-guard.ts';
import { batchesOf, countOf, openSnapshot, type Snapshot, type ViewPlace } from './snapshot.ts';

const LIMIT_DEFAULT = 100;

/** One page and, when asked for, the exact total. */
export async function readPage(place: ViewPlace, options: QueryOptions): Promise<QueryPage> {
  const guard = startGuard(options);
  const { filter = {}, order = 'desc', count = 'exact' } = options;
  const scan: Scan = {
    matcher: createMatcher(compileFilter(filter)),
    order,
    guard,
    ...boundsOf(options),
  };
  const snapshot = await openSnapshot(place, logsOf(place, filter.file), guard);
  try {
    const page = await takePage(snapshot, scan, options);
    const { entries, hasMore, lastSeq } = page;
    const nextCursor = hasMore ? encodeCursor(lastSeq) : null;
    const base = { entries, hasMore, nextCursor };
    if (count === 'none') return { ...base, total: null, damagedLines: page.damagedLines };
    const sawAll = !hasMore && (options.cursor ?? null) === null;
    if (sawAll) return { ...base, total: page.places, damagedLines: page.damagedLines };
    const all = await countAll(snapshot, { ...scan, after: 0, until: Number.MAX_SAFE_INTEGER });
    return { ...base, total: all.lines, damagedLines: Math.max(all.damaged, page.damagedLines) };
  } finally {
    snapshot.close();
  }
}

/** The logs of a view that a filter's `file` leaves. */
export function logsOf(place: ViewPlace, file: string | undefined): readonly string[] {
  return file === undefined ? place.names : place.names.filter((name) => name === file);
}

function boundsOf({ cursor, order = 'desc' }: QueryOptions): { after: number; until: number } {
  const everything = { after: 0, until: Number.MAX_SAFE_INTEGER };
  if (cursor === undefined || cursor === null) return everything;
  const seq = decodeCursor(cursor);
  if (seq === undefined) throw new BadCursorError();
  return order === 'asc' ? { ...everything, after: seq } : { ...everything, until: seq - 1 };
}

interface TakenPage {
  readonly entries: LogEntry[];
  readonly hasMore: boolean;
  /** The seq behind which the next page begins; with more to come it is certain. */
  readonly lastSeq: number;
  /** Lines passed over for the offset, and taken. */
  readonly places: number;
  readonly damagedLines: number;
}

/**
 * A line that has an entry's frame but does not parse keeps its place, so that offsets, totals and
 * cursors agree, and is left out of the page.
 */
async function takePage(
  snapshot: Snapshot,
  scan: Scan,
  { offset = 0, limit = LIMIT_DEFAULT }: QueryOptions,
): Promise<TakenPage> {
  const merge = new LineMerge(
    snapshot.logs.map((log) => batchesOf(log, scan)),
    scan.order,
  );
  const entries: LogEntry[] = [];
  let places = 0;
  let lastSeq = 0;
  let unparsed = 0;
  const finish = (hasMore: boolean): TakenPage => {
    return { entries, hasMore, lastSeq, places, damagedLines: merge.damagedLines + unparsed };
  };
  try {
    while (await merge.load()) {
      for (let line = merge.take(); line !== undefined; line = merge.take()) {
        // Of a page without places the next one begins at this very line.
        if (places === 0) lastSeq = scan.order === 'asc' ? line.seq - 1 : line.seq + 1;
        if (places === offset + limit) return finish(true);
        places++;
        lastSeq = line.seq;
        if (places <= offset) continue;
        const entry = entryOf(line);
        if (entry === undefined) unparsed++;
        else entries.push(entry);
      }
    }
    return finish(false);
  } finally {
    await merge.close();
  }
}

export function entryOf({ entry, chunk, start, end }: MergedLine): LogEntry | undefined {
  return entry ?? parseEntry(chunk.toString('utf8', start, end));
}

async function countAll(
  snapshot: Snapshot,
  scan: Scan,
): Promise<{ lines: number; damaged: number }> {
  const forward: Scan = { ...scan, order: 'asc' };
  const counts = { lines: 0, damaged: 0 };
  for (const log of snapshot.logs) {
    const { lines, damaged } = await countOf(log, forward);
    counts.lines += lines;
    counts.damaged += damaged;
  }
  return counts;
}
