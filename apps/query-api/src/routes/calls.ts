import { subjectOf } from '@mcplog/http-door';
import type { LogFilter } from '@mcplog/log-query';
import type { LogView } from '@mcplog/log-store/reader';
import {
  CALL_BUCKETS_DEFAULT,
  CALLS_LIMIT_DEFAULT,
  CallAnswer,
  CallParams,
  CallsPage,
  CallsQuery,
  InstanceParams,
  McplogError,
  ProtocolAnswer,
  type ProtocolReport,
} from '@mcplog/protocol';
import type { Api, ApiRequest } from '../api.ts';
import { toCallView } from '../call-view.ts';
import { readLogFilter } from '../log-filters.ts';
import { CALL_ENTRIES, readCall, sampleCalls, toIso } from '../read-calls.ts';
import { refuse } from '../refusals.ts';

const tags = ['calls'];
const DAY_MS = 86_400_000;
/** A page of calls does not wait longer for its percentiles. */
const SAMPLE_MS_MAX = 3_000;

/** What clients asked one instance, what came of it, and how it speaks the protocol. */
export function addCallRoutes(api: Api): void {
  const { app, access, places } = api;
  const config = { action: 'logs.read' } as const;

  app.get(
    '/api/v1/mcps/:instanceId/calls',
    {
      schema: {
        tags,
        params: InstanceParams,
        querystring: CallsQuery,
        response: { 200: CallsPage },
      },
      config,
    },
    (request) => {
      const record = access.instance(request, 'logs.read', request.params.instanceId);
      const logs = access.logsOf(record);
      const { userId } = subjectOf(request);
      return places.run(userId, () => answerCalls(api, request, logs).catch(refuse));
    },
  );

  app.get(
    '/api/v1/mcps/:instanceId/calls/:callId',
    { schema: { tags, params: CallParams, response: { 200: CallAnswer } }, config },
    async (request) => {
      const { instanceId, callId } = request.params;
      const record = access.instance(request, 'logs.read', instanceId);
      const logs = access.logsOf(record);
      const search = { callId, deadlineMs: api.settings.queryTimeoutMs, signal: request.signal };
      const { userId } = subjectOf(request);
      const data = await places.run(userId, () => readCall(logs, search).catch(refuse));
      if (data === undefined) throw new McplogError('MCPLOG_NOT_FOUND', `there is no ${callId}`);
      return { data };
    },
  );

  app.get(
    '/api/v1/mcps/:instanceId/protocol',
    {
      schema: { tags, params: InstanceParams, response: { 200: ProtocolAnswer } },
      config: { action: 'instance.read' },
    },
    (request) => {
      const { id } = access.instance(request, 'instance.read', request.params.instanceId);
      const report = api.registry.instance_status.get(id)?.protocol;
      return { data: report === undefined ? null : toProtocolView(report) };
    },
  );
}

type CallsRequest = ApiRequest & { readonly query: CallsQuery };

async function answerCalls(api: Api, request: CallsRequest, logs: LogView): Promise<CallsPage> {
  const { query, signal } = request;
  const { limit = CALLS_LIMIT_DEFAULT, cursor, buckets = CALL_BUCKETS_DEFAULT } = query;
  const { queryTimeoutMs, callsSampleMax } = api.settings;
  const range = rangeOf(query);
  const page = await logs.query({
    filter: filterOf(query, range),
    limit,
    order: 'desc',
    cursor: cursor ?? null,
    count: 'none',
    deadlineMs: queryTimeoutMs,
    signal,
  });
  const answer = {
    calls: page.entries.map(toCallView),
    pagination: { limit, has_more: page.hasMore, next_cursor: page.nextCursor },
    damaged_lines: page.damagedLines,
  };
  if (cursor !== undefined) return { data: { ...answer, tools: null, sample: null } };
  const { summary, cutBy, coveredFrom } = await sampleCalls(logs, {
    window: { ...range, buckets },
    callsMax: callsSampleMax,
    deadlineMs: Math.min(queryTimeoutMs, SAMPLE_MS_MAX),
    signal,
  });
  const { groups, leftOut } = summary.finish();
  const sample = {
    start_time: toIso(range.startMs),
    end_time: toIso(range.endMs),
    bucket_ms: summary.bucketMs,
    calls: summary.calls,
    is_complete: cutBy === null,
    cut_by: cutBy,
    calls_max: callsSampleMax,
    covered_from: coveredFrom,
    groups_left_out: leftOut,
  };
  return { data: { ...answer, tools: groups, sample } };
}

/** Without a range: the last day. */
function rangeOf({ start_time, end_time }: CallsQuery): { startMs: number; endMs: number } {
  const given = readLogFilter({ start_time, end_time });
  const endMs = given.endMs ?? Date.now();
  const startMs = given.startMs ?? endMs - DAY_MS;
  if (startMs > endMs) {
    throw new McplogError('MCPLOG_BAD_REQUEST', 'start_time is in the future; give an earlier one');
  }
  return { startMs, endMs };
}

function filterOf(
  { tool, method, outcome }: CallsQuery,
  range: { readonly startMs: number; readonly endMs: number },
): LogFilter {
  const metadata = {
    ...(tool !== undefined && { 'gen_ai.tool.name': tool }),
    ...(method !== undefined && { 'mcp.method.name': method }),
    ...(outcome !== undefined && outcome !== 'not_ok' && { outcome }),
  };
  return {
    ...CALL_ENTRIES,
    ...range,
    metadata,
    // Just the outcomes that went well are info.
    ...(outcome === 'not_ok' && { minLevel: 'warn' as const }),
  };
}

function toProtocolView(report: ProtocolReport): ProtocolAnswer['data'] {
  const { run, seenAt, era, protocolVersions, server, clients } = report;
  const { figures, outcomes, findings } = report;
  return {
    run,
    seen_at: seenAt,
    era,
    protocol_versions: protocolVersions,
    server: server ?? null,
    clients,
    figures,
    outcomes,
    findings,
  };
}
