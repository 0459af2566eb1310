import { SYSTEM_LEVELS } from '@mcplog/log-entry';
import { compileFilter } from '@mcplog/log-query';
import { isFramed, levelAt, timestampAt } from './line-frame.ts';
import { createMatcher } from './line-matcher.ts';
import type { LineBatch, Scan } from './line-source.ts';
import { logsOf } from './read-page.ts';
import type { HistogramOptions, LogHistogram } from './reader-types.ts';
import { startGuard } from './scan-guard.ts';
import { batchesOf, openSnapshot, type ViewPlace } from './snapshot.ts';

export const BUCKETS_MAX = 10_000;

/** Counts per level and stretch of time. Order does not matter, so the logs are read one by one. */
export async function readHistogram(
  place: ViewPlace,
  options: HistogramOptions,
): Promise<LogHistogram> {
  const { startMs, endMs, bucketMs, filter = {} } = options;
  const counter = new BucketCounter(options);
  const guard = startGuard(options);
  const within = {
    ...filter,
    startMs: Math.max(startMs, filter.startMs ?? startMs),
    endMs: Math.min(endMs - 1, filter.endMs ?? endMs - 1),
  };
  const matcher = createMatcher(compileFilter(within));
  const scan: Scan = { matcher, order: 'asc', after: 0, until: Number.MAX_SAFE_INTEGER, guard };
  const snapshot = await openSnapshot(place, logsOf(place, filter.file), guard);
  try {
    for (const log of snapshot.logs) {
      for await (const batch of batchesOf(log, scan)) counter.add(batch);
    }
  } finally {
    snapshot.close();
  }
  return { startMs, endMs, bucketMs, ...counter.result() };
}

class BucketCounter {
  readonly #startMs: number;
  readonly #bucketMs: number;
  readonly #buckets: number;
  /** Per bucket one count for each level, by rank. */
  readonly #counts: Float64Array;
  #damaged = 0;

  constructor({ startMs, endMs, bucketMs }: HistogramOptions) {
    const buckets = Math.ceil((endMs - startMs) / bucketMs);
    if (!(bucketMs >= 1 && buckets >= 1 && buckets <= BUCKETS_MAX)) {
      throw new RangeError(
        `${buckets} buckets of ${bucketMs} ms: 1 to ${BUCKETS_MAX} are possible`,
      );
    }
    this.#startMs = startMs;
    this.#bucketMs = bucketMs;
    this.#buckets = buckets;
    this.#counts = new Float64Array(buckets * SYSTEM_LEVELS.length);
  }

  add({ chunk, matches }: LineBatch): void {
    this.#damaged += matches.damaged;
    for (let at = 0; at < matches.starts.length; at++) {
      const start = matches.starts[at] as number;
      if (isFramed(chunk, start, matches.ends[at] as number)) {
        this.#count(timestampAt(chunk, start), levelAt(chunk, start));
      } else {
        const entry = matches.entries[at];
        const rank = SYSTEM_LEVELS.indexOf(entry?.level ?? 'info');
        this.#count(Date.parse(entry?.timestamp ?? ''), rank);
      }
    }
  }

  result(): Pick<LogHistogram, 'buckets' | 'damagedLines'> {
    const buckets = Array.from({ length: this.#buckets }, (_, bucket) => ({
      startMs: this.#startMs + bucket * this.#bucketMs,
      counts: this.#countsOf(bucket),
    }));
    return { buckets, damagedLines: this.#damaged };
  }

  #count(ms: number, rank: number): void {
    const bucket = Math.floor((ms - this.#startMs) / this.#bucketMs);
    const place = bucket * SYSTEM_LEVELS.length + rank;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  #countsOf(bucket: number): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [rank, level] of SYSTEM_LEVELS.entries()) {
      const count = this.#counts[bucket * SYSTEM_LEVELS.length + rank] ?? 0;
      if (count > 0) counts[level] = count;
    }
    return counts;
  }
}
