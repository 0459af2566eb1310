/** `…/calls` and `…/protocol`: what clients and servers said to each other. */
import { type Static, Type } from 'typebox';
import { ProtocolReport } from '../records.ts';
import { InstanceParams } from './instances.ts';
import { LogEntryShape } from './logs.ts';

export const CALL_OUTCOMES = [
  'ok',
  'tool_error',
  'rpc_error',
  'suspected_error',
  'timeout',
  'cancelled',
  'input_required',
  'unanswered',
] as const;
export const CALLS_LIMIT_DEFAULT = 50;
export const CALLS_LIMIT_MAX = 200;
export const CALL_BUCKETS_DEFAULT = 30;
export const CALL_BUCKETS_MAX = 120;
const NAME_CHARS_MAX = 256;

const textOrNull = Type.Union([Type.String(), Type.Null()]);
const numberOrNull = Type.Union([Type.Number(), Type.Null()]);

/** Query string of `GET /api/v1/mcps/{instanceId}/calls`. */
export const CallsQuery = Type.Object(
  {
    start_time: Type.Optional(
      Type.String({ description: 'ISO 8601; default: a day before end_time' }),
    ),
    end_time: Type.Optional(Type.String({ description: 'ISO 8601; default: now' })),
    tool: Type.Optional(Type.String({ minLength: 1, maxLength: NAME_CHARS_MAX })),
    method: Type.Optional(Type.String({ minLength: 1, maxLength: NAME_CHARS_MAX })),
    outcome: Type.Optional(
      Type.Enum([...CALL_OUTCOMES, 'not_ok'], {
        description: '`not_ok` is every outcome but ok and input_required',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: CALLS_LIMIT_MAX, default: CALLS_LIMIT_DEFAULT }),
    ),
    cursor: Type.Optional(
      Type.String({
        maxLength: 256,
        description: 'next_cursor of a page; the answer has no tools',
      }),
    ),
    buckets: Type.Optional(
      Type.Integer({ minimum: 1, maximum: CALL_BUCKETS_MAX, default: CALL_BUCKETS_DEFAULT }),
    ),
  },
  { additionalProperties: false },
);
export type CallsQuery = Static<typeof CallsQuery>;

/** One finished call. */
export const CallView = Type.Object({
  call_id: Type.String(),
  /** Of its entry in access.log. */
  seq: Type.Integer(),
  /** When it ended, ISO 8601. */
  time: Type.String(),
  /** Who asked. */
  direction: Type.Enum(['client', 'server']),
  method: Type.String(),
  /** Tool, prompt or resource. */
  target: textOrNull,
  outcome: Type.String(),
  level: Type.String(),
  /** Why it was cancelled, suspected or stayed unanswered. */
  reason: textOrNull,
  error_code: textOrNull,
  error_message: textOrNull,
  duration_ms: numberOrNull,
  request_bytes: numberOrNull,
  response_bytes: numberOrNull,
  request_id: textOrNull,
  session_id: textOrNull,
  protocol_version: textOrNull,
  /** The first call of the exchange that asked for input, and the place in it. */
  chain_id: textOrNull,
  chain_step: numberOrNull,
  /** Only where the catalogue item keeps them. */
  arguments: textOrNull,
  result: textOrNull,
});
export type CallView = Static<typeof CallView>;

/** All calls of one tool (or prompt, or method) in the sample. */
export const CallGroup = Type.Object({
  direction: Type.Enum(['client', 'server']),
  method: Type.String(),
  /** Tool or prompt; null: the method as a whole. */
  target: textOrNull,
  count: Type.Integer(),
  /** How many ended in each way. */
  outcomes: Type.Record(Type.String(), Type.Integer()),
  /** tool_error, rpc_error, suspected_error, timeout or unanswered. */
  failed: Type.Integer(),
  /** `failed` of `count`, from 0 to 1. */
  error_rate: Type.Number(),
  /** Nearest rank over the calls that were answered, milliseconds; null when none was. */
  p50_ms: numberOrNull,
  p95_ms: numberOrNull,
  p99_ms: numberOrNull,
  max_ms: numberOrNull,
  last_time: Type.String(),
  /** Calls per bucket from start_time to end_time, and how many of them failed. */
  counts: Type.Array(Type.Integer()),
  failures: Type.Array(Type.Integer()),
});
export type CallGroup = Static<typeof CallGroup>;

/** What the groups were computed from. */
export const CallSample = Type.Object({
  start_time: Type.String(),
  end_time: Type.String(),
  bucket_ms: Type.Number(),
  calls: Type.Integer(),
  /** False: the newest calls only, those since `covered_from`. */
  is_complete: Type.Boolean(),
  /** What cut it. */
  cut_by: Type.Union([Type.Literal('entries'), Type.Literal('time'), Type.Null()]),
  calls_max: Type.Integer(),
  covered_from: Type.String(),
  /** Groups beyond the 200 with the most calls; they are not shown. */
  groups_left_out: Type.Integer(),
});
export type CallSample = Static<typeof CallSample>;

/** Answer of `GET …/calls`. The filters choose calls; tools tell of all calls of the window. */
export const CallsPage = Type.Object({
  data: Type.Object({
    calls: Type.Array(CallView),
    /** Most calls first; null on pages behind the first. */
    tools: Type.Union([Type.Array(CallGroup), Type.Null()]),
    sample: Type.Union([CallSample, Type.Null()]),
    pagination: Type.Object({
      limit: Type.Integer(),
      has_more: Type.Boolean(),
      next_cursor: textOrNull,
    }),
    /** Lines of access.log that could not be read and were left out of `calls`. */
    damaged_lines: Type.Integer(),
  }),
});
export type CallsPage = Static<typeof CallsPage>;

export const CallParams = Type.Object({
  instanceId: InstanceParams.properties.instanceId,
  callId: Type.String({ pattern: '^[A-Za-z0-9]{1,16}-[0-9]{1,12}$' }),
});

/** Answer of `GET …/calls/{callId}`. */
export const CallAnswer = Type.Object({
  data: Type.Object({
    call: CallView,
    /** What the server printed during it, oldest first, and during no other call. */
    printed: Type.Array(LogEntryShape),
    /** What was printed in its window while other calls ran too: nobody knows whose it is. */
    ambiguous: Type.Array(LogEntryShape),
    /** There is more than was told here. */
    has_more: Type.Boolean(),
  }),
});
export type CallAnswer = Static<typeof CallAnswer>;

/** Answer of `GET …/protocol`; null before the server has said anything. */
export const ProtocolAnswer = Type.Object({
  data: Type.Union([
    Type.Object({
      run: ProtocolReport.properties.run,
      seen_at: ProtocolReport.properties.seenAt,
      era: ProtocolReport.properties.era,
      protocol_versions: ProtocolReport.properties.protocolVersions,
      server: Type.Union([ProtocolReport.properties.clients.items, Type.Null()]),
      clients: ProtocolReport.properties.clients,
      figures: ProtocolReport.properties.figures,
      outcomes: ProtocolReport.properties.outcomes,
      findings: ProtocolReport.properties.findings,
    }),
    Type.Null(),
  ]),
});
export type ProtocolAnswer = Static<typeof ProtocolAnswer>;
