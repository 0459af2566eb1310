import { compileFilter } from '@mcplog/log-query';
import { FairTurn } from '../scan/fair-turn.ts';
import { BucketCounter } from './bucket-counter.ts';
import { createMatcher } from './line-matcher.ts';
import type { Scan } from './line-source.ts';
import { logsOf } from './read-page.ts';
import type { HistogramOptions, LogHistogram } from './reader-types.ts';
import { startGuard } from './scan-guard.ts';
import { openSnapshot, type ViewPlace, within } from './snapshot.ts';

/** Counts per level and stretch of time. Order does not matter, so the logs are read one by one. */
export async function readHistogram(
  place: ViewPlace,
  options: HistogramOptions,
): Promise<LogHistogram> {
  const { startMs, endMs, bucketMs, filter = {} } = options;
  const counter = new BucketCounter({ startMs, endMs, bucketMs });
  const guard = startGuard(options);
  const bounded = {
    ...filter,
    startMs: Math.max(startMs, filter.startMs ?? startMs),
    endMs: Math.min(endMs - 1, filter.endMs ?? endMs - 1),
  };
  const matcher = createMatcher(compileFilter(bounded));
  const scan: Scan = { matcher, order: 'asc', after: 0, until: Number.MAX_SAFE_INTEGER, guard };
  let damagedLines = 0;
  const turn = new FairTurn();
  const snapshot = await openSnapshot(place, logsOf(place, filter.file), guard);
  try {
    for (const log of snapshot.logs) {
      for (const limited of log.sources) {
        await turn.give(guard);
        damagedLines += (await limited.source.bucket(within(scan, limited), counter)).damaged;
      }
    }
  } finally {
    snapshot.close();
  }
  return { startMs, endMs, bucketMs, buckets: counter.result(), damagedLines };
}
