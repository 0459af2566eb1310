/** Search over the seven system logs, and what can be said about a stretch of them. */
import type { LogEntry, SystemLevel } from '@mcplog/log-entry';
import type { LogFilter } from '@mcplog/log-query';
import type { LogReader, LogView } from '@mcplog/log-store/reader';
import {
  LIMIT_DEFAULT,
  type SystemLogAnswer,
  type SystemLogQuery,
  type TimeRange,
} from '@mcplog/protocol';
import { comparesWorse, type RouteSample } from './performance-trend.ts';

const HOUR_MS = 3_600_000;
const RANGE_MS: Readonly<Record<TimeRange, number>> = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
};
/** Entries of services whose clock is a little ahead belong to the range too. */
const CLOCK_SKEW_MS = 60_000;
const TREND_FRESH_MS = 60_000;

type Answer = SystemLogAnswer['data'];
type Counts = Readonly<Record<SystemLevel, number>>;

export interface SystemLogsOptions {
  readonly reader: LogReader;
  /** Longest time of one search, milliseconds. */
  readonly timeoutMs: number;
}

export class SystemLogs {
  readonly #options: SystemLogsOptions;
  #trend: { readonly atMs: number; readonly degraded: Promise<boolean | null> } | undefined;

  constructor(options: SystemLogsOptions) {
    this.#options = options;
  }

  /**
   * A page, newest first, with exact counts of all that matches. Trends are about the whole time
   * range, whatever else was asked for.
   * @throws BadCursorError, QueryTimeoutError
   */
  async search(query: SystemLogQuery): Promise<Answer> {
    const { category, level, search, limit = LIMIT_DEFAULT, cursor } = query;
    const { startMs, endMs } = rangeOf(query.time_range);
    const view = this.#view(category && [category]);
    const filter: LogFilter = {
      startMs,
      ...(level !== undefined && { levels: [level] }),
      ...(search !== undefined && search !== '' && { search }),
    };
    const deadlineMs = this.#options.timeoutMs;
    const around = { filter, limit, count: 'none', deadlineMs } as const;
    const page = await view.query({ ...around, ...(cursor !== undefined && { cursor }) });
    const matching = await this.#count(view, { ...filter, endMs });
    return {
      summary: summaryOf(matching),
      logs: page.entries,
      trends: await this.#trends(startMs, endMs),
      next_cursor: page.nextCursor,
    };
  }

  async #trends(startMs: number, endMs: number): Promise<Answer['trends']> {
    const all = await this.#count(this.#view(), { startMs, endMs });
    const security = this.#view(['security']);
    const incidents = await this.#count(security, { startMs, endMs, minLevel: 'warn' });
    const total = totalOf(all);
    return {
      error_rate: total === 0 ? 0 : (all.error + all.critical) / total,
      performance_degradation: await this.#performanceDegraded(),
      security_incidents: totalOf(incidents),
    };
  }

  #view(categories?: Parameters<LogReader['system']>[0]): LogView {
    return this.#options.reader.system(categories);
  }

  async #count(view: LogView, filter: LogFilter): Promise<Counts> {
    const { startMs = 0, endMs = Date.now() } = filter;
    const histogram = await view.histogram({
      filter,
      startMs,
      endMs,
      bucketMs: endMs - startMs,
      deadlineMs: this.#options.timeoutMs,
    });
    const counts = histogram.buckets[0]?.counts ?? {};
    const of = (level: SystemLevel) => counts[level] ?? 0;
    return {
      debug: of('debug'),
      info: of('info'),
      warn: of('warn'),
      error: of('error'),
      critical: of('critical'),
    };
  }

  /** Read anew once a minute: performance entries are written once a minute. */
  #performanceDegraded(): Promise<boolean | null> {
    const nowMs = Date.now();
    if (this.#trend === undefined || nowMs - this.#trend.atMs > TREND_FRESH_MS) {
      const degraded = this.#comparePerformance(nowMs);
      // A failed reading must not be remembered for a minute.
      degraded.catch(() => {
        this.#trend = undefined;
      });
      this.#trend = { atMs: nowMs, degraded };
    }
    return this.#trend.degraded;
  }

  async #comparePerformance(nowMs: number): Promise<boolean | null> {
    const recentFromMs = nowMs - HOUR_MS;
    const recent: RouteSample[] = [];
    const before: RouteSample[] = [];
    const lines = this.#view(['performance']).lines({
      filter: { startMs: recentFromMs - 24 * HOUR_MS, metadata: { event: 'request_times' } },
      deadlineMs: this.#options.timeoutMs,
    });
    for await (const chunk of lines) {
      for (const line of chunk.toString('utf8').trimEnd().split('\n')) {
        const { timestamp, metadata } = JSON.parse(line) as LogEntry;
        const isRecent = Date.parse(timestamp) >= recentFromMs;
        (isRecent ? recent : before).push(metadata as unknown as RouteSample);
      }
    }
    return comparesWorse(recent, before);
  }
}

function rangeOf(range: TimeRange = '24h'): { readonly startMs: number; readonly endMs: number } {
  const nowMs = Date.now();
  return { startMs: nowMs - RANGE_MS[range], endMs: nowMs + CLOCK_SKEW_MS };
}

function summaryOf(counts: Counts): Answer['summary'] {
  return {
    total_entries: totalOf(counts),
    error_count: counts.error,
    warning_count: counts.warn,
    critical_alerts: counts.critical,
  };
}

function totalOf({ debug, info, warn, error, critical }: Counts): number {
  return debug + info + warn + error + critical;
}
