import { availableParallelism } from 'node:os';
import type { LogFilter } from '@mcplog/log-query';
import { createScanPool, openLogReader } from '@mcplog/log-store/reader';
import { IDS } from '../store/realistic-entries.ts';
import type { SealedStore } from '../store/sealed-store.ts';
import { HISTOGRAM_BUCKETS, PAGE } from './questions.ts';
import type { Searcher } from './searcher.ts';

const MINUTE_MS = 60_000;

export interface McplogSearcher extends Searcher {
  /** Milliseconds for one page of a hundred behind so many entries, by cursor. */
  pageBehind(entries: number): Promise<number>;
  /** Tables and threads as a fresh process has them. */
  close(): Promise<void>;
}

/** The reader that query-api uses, with its threads, in this process as there. */
export function openMcplogSearcher(store: SealedStore): McplogSearcher {
  const { root, firstMs, lastMs } = store;
  const pool = createScanPool({ workers: availableParallelism() });
  const view = openLogReader({ root, pool }).instance(IDS);
  /** Everything is later than this, but no kept total has this filter. */
  const anew = (filter: LogFilter, round: number) => ({ ...filter, startMs: firstMs - 1 - round });
  const histogram = async () => {
    const startMs = Math.floor(firstMs / MINUTE_MS) * MINUTE_MS;
    const bucketMs = Math.ceil((lastMs - startMs) / HISTOGRAM_BUCKETS / MINUTE_MS) * MINUTE_MS;
    const { buckets } = await view.histogram({ startMs, endMs: lastMs + 1, bucketMs });
    return buckets
      .flatMap(({ counts }) => Object.values(counts))
      .reduce((total, count) => total + count, 0);
  };
  return {
    name: 'mcplog',
    canAnswer: () => true,
    ask: async ({ filter, wants }, round) => {
      if (wants === 'histogram') return histogram();
      if (wants === 'page') {
        return (await view.query({ filter, limit: PAGE, count: 'none' })).entries.length;
      }
      return (await view.query({ filter: anew(filter, round), limit: PAGE })).total ?? -1;
    },
    pageBehind: async (entries) => {
      let cursor: string | null = null;
      for (let left = entries; left > 0; left -= 1_000) {
        cursor = (await view.query({ limit: Math.min(1_000, left), count: 'none', cursor }))
          .nextCursor;
      }
      const startedMs = performance.now();
      await view.query({ limit: PAGE, count: 'none', cursor });
      return performance.now() - startedMs;
    },
    close: () => pool.close(),
  };
}
