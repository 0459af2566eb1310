import { SYSTEM_LEVELS, type SystemLevel } from '@mcplog/log-entry';

/** One bar of the histogram as the API answers it. */
export interface Bucket {
  readonly time: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** Levels in the order they are drawn: the tallest stack first, so that each covers the one before. */
export const DRAWN_LEVELS: readonly SystemLevel[] = [...SYSTEM_LEVELS].reverse();

/**
 * Times in seconds, then one column per drawn level. A column holds the sum of its level and all
 * milder ones, because the chart draws bars from zero and stacking is left to us.
 */
export function stackBuckets(buckets: readonly Bucket[]): number[][] {
  const times = buckets.map((bucket) => Date.parse(bucket.time) / 1000);
  const columns = DRAWN_LEVELS.map((_, drawn) =>
    buckets.map((bucket) =>
      DRAWN_LEVELS.slice(drawn).reduce((sum, level) => sum + (bucket.counts[level] ?? 0), 0),
    ),
  );
  return [times, ...columns];
}

/** Entries per level over all buckets. */
export function totalsByLevel(buckets: readonly Bucket[]): Record<SystemLevel, number> {
  const totals = { debug: 0, info: 0, warn: 0, error: 0, critical: 0 };
  for (const { counts } of buckets) {
    for (const level of SYSTEM_LEVELS) totals[level] += counts[level] ?? 0;
  }
  return totals;
}
