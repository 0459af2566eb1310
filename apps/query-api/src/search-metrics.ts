import type { ScanFigures, ScanPool } from '@mcplog/log-store/reader';
import type { Metrics } from '@mcplog/service-host';
import type { SearchPlaces } from './search-places.ts';

const REFRESH_MS = 1_000;

export interface SearchSources {
  readonly metrics: Metrics;
  readonly figures: () => ScanFigures;
  readonly pool: ScanPool | undefined;
  readonly places: SearchPlaces;
}

/** Shows what searches do; the returned function ends it. */
export function showSearchMetrics({ metrics, figures, pool, places }: SearchSources): () => void {
  const gauge = (name: string, help: string) => metrics.gauge({ name, help });
  const counters = countersOf(metrics);
  const running = gauge('searches_running', 'Searches that are being answered.');
  const queued = gauge('scan_tasks_queued', 'Pieces of searches that wait for a thread.');
  const busy = gauge('scan_tasks_running', 'Pieces of searches that a thread has.');
  const replaced = gauge('scan_threads_replaced', 'Threads that were ended and started anew.');
  let seen: ScanFigures = {
    plainBytes: 0,
    blocksOpened: 0,
    blocksRuledOut: 0,
    blocksDamaged: 0,
    filesSkipped: 0,
  };
  const refresh = () => {
    const now = figures();
    for (const { key, counter } of counters) counter.inc(now[key] - seen[key]);
    seen = now;
    running.set(places.running);
    const threads = pool?.figures();
    queued.set(threads?.queued ?? 0);
    busy.set(threads?.running ?? 0);
    replaced.set(threads?.replaced ?? 0);
  };
  refresh();
  const timer = setInterval(refresh, REFRESH_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function countersOf(metrics: Metrics) {
  const counters = [
    ['plainBytes', 'scanned_bytes_total', 'Plain text that searches looked at.'],
    ['blocksOpened', 'blocks_opened_total', 'Blocks and chunks that searches read.'],
    ['blocksRuledOut', 'blocks_ruled_out_total', 'Blocks that an index spared searches.'],
    ['blocksDamaged', 'blocks_damaged_total', 'Blocks that did not hold what was written.'],
    ['filesSkipped', 'files_skipped_total', 'Links and unreadable files passed over.'],
  ] as const;
  return counters.map(([key, name, help]) => ({ key, counter: metrics.counter({ name, help }) }));
}
