import type { LogEntry } from '@mcplog/log-entry';
import { LIMIT_MAX, LogPage } from '@mcplog/protocol';
import type { ApiClient } from './api-client.ts';
import type { FilterParameters } from './read-filters.ts';

export interface Search {
  readonly instanceId: string;
  readonly filters: FilterParameters;
  readonly order: 'asc' | 'desc';
  /** Entries of all pages together. */
  readonly limit: number;
}

/** Page after page until the limit or the last entry. */
export async function* searchPages(api: ApiClient, search: Search): AsyncGenerator<LogEntry[]> {
  const { instanceId, filters, order, limit } = search;
  let left = limit;
  let cursor: string | null = null;
  do {
    const size = Math.min(left, LIMIT_MAX);
    const query: Record<string, string> = { ...filters, order, limit: `${size}`, count: 'none' };
    if (cursor !== null) query.cursor = cursor;
    const { data } = await api.ask(`/api/v1/mcps/${instanceId}/logs`, LogPage, { query });
    yield data.logs as unknown as LogEntry[];
    left -= data.logs.length;
    cursor = data.pagination.has_more ? data.pagination.next_cursor : null;
  } while (cursor !== null && left > 0);
}
