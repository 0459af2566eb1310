import { Readable } from 'node:stream';
import { subjectOf } from '@mcplog/http-door';
import type { LogEntry } from '@mcplog/log-entry';
import type { LogFilter } from '@mcplog/log-query';
import type { LogView, Order } from '@mcplog/log-store/reader';
import { Histogram, InstanceParams, LogEntryShape, type LogPage, LogQuery } from '@mcplog/protocol';
import { Type } from 'typebox';
import type { Api, ApiReply, ApiRequest } from '../api.ts';
import { CONTENT_TYPES, formatEntries } from '../entry-formats.ts';
import { filtersApplied, readLogFilter } from '../log-filters.ts';
import { refuse } from '../refusals.ts';

const tags = ['logs'];
const CONTEXT_MAX = 100;
const HISTOGRAM_BUCKETS_MAX = 1_000;
const DAY_MS = 86_400_000;

const { limit, offset, order, cursor, count, format, ...filterProperties } = LogQuery.properties;
const metaParameters = { '^meta\\..{1,128}$': Type.String() };

const HistogramQuery = Type.Object(
  {
    ...filterProperties,
    buckets: Type.Optional(
      Type.Integer({ minimum: 1, maximum: HISTOGRAM_BUCKETS_MAX, default: 60 }),
    ),
  },
  { patternProperties: metaParameters, additionalProperties: false },
);

const ContextQuery = Type.Object(
  {
    seq: Type.Integer({ minimum: 1 }),
    before: Type.Optional(Type.Integer({ minimum: 0, maximum: CONTEXT_MAX, default: 10 })),
    after: Type.Optional(Type.Integer({ minimum: 0, maximum: CONTEXT_MAX, default: 10 })),
  },
  { additionalProperties: false },
);
const ContextAnswer = Type.Object({ data: Type.Object({ logs: Type.Array(LogEntryShape) }) });

/** Search in one instance's logs. */
export function addLogRoutes(api: Api): void {
  const { app, access, places } = api;
  const config = { action: 'logs.read' } as const;

  app.get(
    '/api/v1/mcps/:instanceId/logs',
    { schema: { tags, params: InstanceParams, querystring: LogQuery }, config },
    async (request, reply) => {
      const record = access.instance(request, 'logs.read', request.params.instanceId);
      const filter = readLogFilter(request.query);
      const logs = access.logsOf(record);
      if (request.headers.accept?.includes('application/x-ndjson')) {
        return sendLines({ api, request, reply, logs, filter });
      }
      const { userId } = subjectOf(request);
      return places.run(userId, () => sendPage({ api, request, reply, logs, filter }));
    },
  );

  app.get(
    '/api/v1/mcps/:instanceId/logs/histogram',
    {
      schema: {
        tags,
        params: InstanceParams,
        querystring: HistogramQuery,
        response: { 200: Histogram },
      },
      config,
    },
    async (request) => {
      const record = access.instance(request, 'logs.read', request.params.instanceId);
      const filter = readLogFilter(request.query);
      const { userId } = subjectOf(request);
      const logs = access.logsOf(record);
      const { query, signal } = request;
      return places.run(userId, () => answerHistogram(api, { logs, filter, query, signal }));
    },
  );

  app.get(
    '/api/v1/mcps/:instanceId/logs/context',
    {
      schema: {
        tags,
        params: InstanceParams,
        querystring: ContextQuery,
        response: { 200: ContextAnswer },
      },
      config,
    },
    async (request) => {
      const record = access.instance(request, 'logs.read', request.params.instanceId);
      const { seq, before = 10, after = 10 } = request.query;
      const deadlineMs = api.settings.queryTimeoutMs;
      const around = { seq, before, after, deadlineMs, signal: request.signal };
      const found = await places
        .run(subjectOf(request).userId, () => access.logsOf(record).context(around))
        .catch(refuse);
      const middle: LogEntry[] = found.entry === null ? [] : [found.entry];
      return { data: { logs: [...found.before, ...middle, ...found.after] } };
    },
  );
}

interface Found {
  readonly api: Api;
  readonly request: ApiRequest & { readonly query: LogQuery };
  readonly reply: ApiReply;
  readonly logs: LogView;
  readonly filter: LogFilter;
}

async function sendPage({ api, request, reply, logs, filter }: Found): Promise<unknown> {
  const { limit = 100, offset = 0, order = 'desc', cursor, count, format } = request.query;
  const limits = { deadlineMs: api.settings.queryTimeoutMs, signal: request.signal };
  const page = await logs
    .query({
      filter,
      limit,
      offset,
      order,
      cursor: cursor ?? null,
      count: count ?? 'exact',
      ...limits,
    })
    .catch(refuse);
  if (page.damagedLines > 0) reply.header('x-damaged-lines', page.damagedLines);
  if (format === 'csv' || format === 'txt') {
    reply.header('content-type', CONTENT_TYPES[format]);
    if (page.nextCursor !== null) reply.header('x-next-cursor', page.nextCursor);
    if (page.total !== null) reply.header('x-total-count', page.total);
    return reply.send(formatEntries(format, page.entries));
  }
  const answer: LogPage = {
    data: {
      logs: page.entries,
      pagination: {
        total: page.total,
        limit,
        offset,
        has_more: page.hasMore,
        next_cursor: page.nextCursor,
      },
      filters_applied: filtersApplied(filter),
    },
  };
  return reply.send(answer);
}

/** Everything that matches, one entry to a line; `limit` cuts it when it is given. */
function sendLines({ request, reply, logs, filter }: Found): unknown {
  const order: Order = request.query.order ?? 'desc';
  const lines = logs.lines({ filter, order, signal: request.signal });
  // The default of `limit` is that of a page; here only one that was asked for counts.
  const isLimited = new URLSearchParams(request.url.split('?')[1]).has('limit');
  const limit = isLimited ? request.query.limit : undefined;
  reply.header('content-type', CONTENT_TYPES.ndjson);
  return reply.send(Readable.from(limit === undefined ? lines : firstLines(lines, limit)));
}

async function* firstLines(pieces: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const piece of pieces) {
    let end = 0;
    while (left > 0 && end < piece.length) {
      end = piece.indexOf(0x0a, end) + 1;
      left--;
    }
    yield piece.subarray(0, end);
    if (left === 0) return;
  }
}

interface HistogramRequest {
  readonly logs: LogView;
  readonly filter: LogFilter;
  readonly query: { readonly buckets?: number };
  readonly signal: AbortSignal;
}

/**
 * Without a time range: the last day. Buckets are whole milliseconds and cover the range; those of a
 * minute or more are whole minutes and begin with one, so that the indexes know them.
 */
async function answerHistogram(api: Api, { logs, filter, query, signal }: HistogramRequest) {
  const lastMs = filter.endMs ?? Date.now();
  const firstMs = filter.startMs ?? lastMs + 1 - DAY_MS;
  const { startMs, bucketMs } = bucketsOver(firstMs, lastMs + 1, query.buckets ?? 60);
  const endMs = lastMs + 1;
  const { queryTimeoutMs: deadlineMs } = api.settings;
  const within = { ...filter, startMs: firstMs };
  const { buckets } = await logs
    .histogram({ filter: within, startMs, endMs, bucketMs, deadlineMs, signal })
    .catch(refuse);
  const toIso = (ms: number) => new Date(ms).toISOString();
  return {
    data: {
      start_time: toIso(startMs),
      end_time: toIso(endMs),
      bucket_ms: bucketMs,
      buckets: buckets.map((each) => ({ time: toIso(each.startMs), counts: { ...each.counts } })),
    },
  };
}

const MINUTE_MS = 60_000;

function bucketsOver(
  firstMs: number,
  endMs: number,
  count: number,
): { startMs: number; bucketMs: number } {
  const widthMs = Math.max(1, Math.ceil((endMs - firstMs) / count));
  if (widthMs < MINUTE_MS) return { startMs: firstMs, bucketMs: widthMs };
  const startMs = Math.floor(firstMs / MINUTE_MS) * MINUTE_MS;
  const minutes = Math.ceil((endMs - startMs) / count / MINUTE_MS);
  return { startMs, bucketMs: minutes * MINUTE_MS };
}
