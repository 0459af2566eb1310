import { Readable } from 'node:stream';
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
  const { app, access } = api;
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
      return sendPage({ api, request, reply, logs, filter });
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
      return answerHistogram(api, { logs: access.logsOf(record), filter, query: request.query });
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
      const found = await access
        .logsOf(record)
        .context({ seq, before, after, deadlineMs })
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
}

/** Without a time range: the last day. Buckets are whole milliseconds and cover the range. */
async function answerHistogram(api: Api, { logs, filter, query }: HistogramRequest) {
  const endMs = (filter.endMs ?? Date.now()) + 1;
  const startMs = filter.startMs ?? endMs - DAY_MS;
  const bucketMs = Math.max(1, Math.ceil((endMs - startMs) / (query.buckets ?? 60)));
  const { queryTimeoutMs: deadlineMs } = api.settings;
  const { buckets } = await logs
    .histogram({ filter, startMs, endMs, bucketMs, deadlineMs })
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
