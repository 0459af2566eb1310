import type { LogEntry } from '@mcplog/log-entry';
import type { ExportRequest, Histogram, LogPage } from '@mcplog/protocol';
import type { Filters } from '../logs/query.ts';
import { callApi, fetchApi } from './client.ts';

/** A page of entries with a cursor that leads on in the same order. */
export type Page = Omit<LogPage['data'], 'logs'> & { readonly logs: LogEntry[] };

export interface PageRequest {
  readonly filters: Filters;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const logsOf = (instanceId: string) => `/api/v1/mcps/${instanceId}/logs`;

/** Reads one page without counting the rest, which would cost a scan. */
export function readPage(instanceId: string, request: PageRequest): Promise<Page> {
  const { filters, order, limit, cursor, signal } = request;
  const params = { ...filters, order, limit, cursor, count: 'none' };
  return callApi(logsOf(instanceId), { params, signal });
}

export function readHistogram(
  instanceId: string,
  filters: Filters,
  signal: AbortSignal,
): Promise<Histogram['data']> {
  const params = { ...filters, buckets: 60 };
  return callApi(`${logsOf(instanceId)}/histogram`, { params, signal });
}

/** The entries around one, without any filter, oldest first. */
export async function readContext(
  instanceId: string,
  seq: number,
  around: number,
): Promise<LogEntry[]> {
  const params = { seq, before: around, after: around };
  const data = await callApi<{ logs: LogEntry[] }>(`${logsOf(instanceId)}/context`, { params });
  return data.logs;
}

export async function takeTicket(instanceId: string, signal: AbortSignal): Promise<string> {
  const call = { method: 'POST', signal } as const;
  const data = await callApi<{ ticket: string }>(`${logsOf(instanceId)}/ticket`, call);
  return data.ticket;
}

export function startExport(
  instanceId: string,
  body: ExportRequest,
  signal: AbortSignal,
): Promise<Response> {
  return fetchApi(`${logsOf(instanceId)}/export`, { method: 'POST', body, signal });
}
