import { createScanPool, type LogReader, openLogReader } from '@mcplog/log-store/reader';
import type { Metrics, ServiceLife } from '@mcplog/service-host';
import { showSearchMetrics } from './search-metrics.ts';
import { SearchPlaces } from './search-places.ts';
import type { Settings } from './settings.ts';

export interface OpenSearchOptions {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly life: ServiceLife;
}

/** The reader with its threads, and the places that bound how many searches it has at once. */
export function openSearch({ settings, metrics, life }: OpenSearchOptions): {
  reader: LogReader;
  places: SearchPlaces;
} {
  const { logDir, searchThreads, searchesPerUserMax, searchesMax } = settings;
  const pool = searchThreads === 0 ? undefined : createScanPool({ workers: searchThreads });
  if (pool !== undefined) life.onStop('search threads', () => pool.close());
  const reader = openLogReader({ root: logDir, ...(pool && { pool }) });
  const places = new SearchPlaces({ perUserMax: searchesPerUserMax, max: searchesMax });
  const { figures } = reader;
  life.onStop('search metrics', showSearchMetrics({ metrics, figures, pool, places }));
  return { reader, places };
}
