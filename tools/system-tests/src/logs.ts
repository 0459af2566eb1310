/** The logs of one instance as the query-api tells them. */
import type { LogEntry } from '@mcplog/log-entry';
import type { LogPage } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { ApiFailure, type Session } from './session.ts';

export type Query = Readonly<Record<string, string | number>>;

const FOUND_MS = 30_000;

export function logsPath(instanceId: string, query: Query = {}): string {
  const words = Object.entries(query).map(([name, value]) => [name, String(value)] as const);
  const text = new URLSearchParams(Object.fromEntries(words)).toString();
  return `/api/v1/mcps/${instanceId}/logs${text === '' ? '' : `?${text}`}`;
}

export function readPage(
  session: Session,
  instanceId: string,
  query: Query = {},
): Promise<LogPage['data']> {
  return session.call<LogPage['data']>('GET', logsPath(instanceId, query));
}

/** Every entry that matches, oldest first, page by page. */
export async function readAll(
  session: Session,
  instanceId: string,
  query: Query = {},
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let cursor: string | null = null;
  do {
    const page: LogPage['data'] = await readPage(session, instanceId, {
      ...{ order: 'asc', limit: 1000, count: 'none', ...query },
      ...(cursor !== null && { cursor }),
    });
    entries.push(...(page.logs as unknown as LogEntry[]));
    cursor = page.pagination.has_more ? page.pagination.next_cursor : null;
  } while (cursor !== null);
  return entries;
}

/** The newest entries that match, as soon as there are at least `count`. */
export function untilFound(
  session: Session,
  instanceId: string,
  { count = 1, ...query }: Query & { readonly count?: number },
): Promise<LogEntry[]> {
  return eventually(
    async () => {
      const { logs } = await readPage(session, instanceId, query);
      if (logs.length >= count) return logs as unknown as LogEntry[];
      throw new Error(`${logs.length} of ${count} entries for ${JSON.stringify(query)}`);
    },
    { timeoutMs: FOUND_MS, intervalMs: 100 },
  );
}

/** All of it as a stream of JSON lines. */
export async function readNdjson(session: Session, path: string): Promise<LogEntry[]> {
  const answer = await session.send('GET', path, { headers: { accept: 'application/x-ndjson' } });
  const text = await answer.text();
  if (!answer.ok) throw new ApiFailure(answer.status, text);
  return text.split('\n').filter(Boolean).map(toEntry);
}

/** The body of an export. @throws ApiFailure */
export async function exportLogs(
  session: Session,
  instanceId: string,
  body: Readonly<Record<string, unknown>>,
): Promise<Buffer> {
  const answer = await session.send('POST', `/api/v1/mcps/${instanceId}/logs/export`, { body });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new ApiFailure(answer.status, bytes.toString());
  return bytes;
}

function toEntry(line: string): LogEntry {
  return JSON.parse(line) as LogEntry;
}
