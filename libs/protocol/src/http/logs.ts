/** `…/logs` and its neighbours: the seed's shapes plus what design/api.md adds. */
import { ENTRY_TYPES, LOG_FILES, SYSTEM_LEVELS } from '@mcplog/log-entry';
import { type Static, Type } from 'typebox';

export const LIMIT_DEFAULT = 100;
export const LIMIT_MAX = 1000;
export const SEARCH_CHARS_MAX = 1024;
export const REGEX_CHARS_MAX = 512;

export const LOG_FORMATS = ['json', 'csv', 'txt'] as const;
export const EXPORT_FORMATS = ['json', 'csv', 'txt', 'zip'] as const;

/** Filters shared by search, export and tail. `level` and `type` may be comma lists. */
export const LogFilters = Type.Object(
  {
    start_time: Type.Optional(Type.String({ description: 'ISO 8601; entries at or after it' })),
    end_time: Type.Optional(Type.String({ description: 'ISO 8601; entries before or at it' })),
    level: Type.Optional(Type.String({ description: 'exact levels, comma list' })),
    min_level: Type.Optional(Type.Enum([...SYSTEM_LEVELS])),
    search: Type.Optional(
      Type.String({
        maxLength: SEARCH_CHARS_MAX,
        description: 'case-insensitive substring of the message or any metadata value',
      }),
    ),
    regex: Type.Optional(
      Type.String({ maxLength: REGEX_CHARS_MAX, description: 'RE2 syntax, over the message' }),
    ),
    file: Type.Optional(Type.Enum([...LOG_FILES])),
    type: Type.Optional(Type.String({ description: `${ENTRY_TYPES.join('|')}, comma list` })),
  },
  { additionalProperties: false },
);
export type LogFilters = Static<typeof LogFilters>;

/** Query string of `GET /api/v1/mcps/{instanceId}/logs`; `meta.<key>=value` may be added. */
export const LogQuery = Type.Object(
  {
    ...LogFilters.properties,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT })),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 })),
    order: Type.Optional(Type.Enum(['asc', 'desc'], { default: 'desc' })),
    cursor: Type.Optional(Type.String({ maxLength: 256 })),
    count: Type.Optional(Type.Enum(['exact', 'none'], { default: 'exact' })),
    format: Type.Optional(Type.Enum([...LOG_FORMATS], { default: 'json' })),
  },
  { patternProperties: { '^meta\\..{1,128}$': Type.String() }, additionalProperties: false },
);
export type LogQuery = Static<typeof LogQuery>;

export const LogEntryShape = Type.Object({
  timestamp: Type.String(),
  level: Type.String(),
  message: Type.String(),
  metadata: Type.Record(Type.String(), Type.Unknown()),
});

export const LogPage = Type.Object({
  data: Type.Object({
    logs: Type.Array(LogEntryShape),
    pagination: Type.Object({
      /** Exact; null with `count=none`. */
      total: Type.Union([Type.Integer(), Type.Null()]),
      limit: Type.Integer(),
      offset: Type.Integer(),
      has_more: Type.Boolean(),
      /** Continue behind the last entry of this page, in the same order. */
      next_cursor: Type.Union([Type.String(), Type.Null()]),
    }),
    filters_applied: Type.Record(Type.String(), Type.Unknown()),
  }),
});
export type LogPage = Static<typeof LogPage>;

/** Body of `POST /api/v1/mcps/{instanceId}/logs/export`. */
export const ExportRequest = Type.Object(
  {
    format: Type.Enum([...EXPORT_FORMATS]),
    filters: Type.Optional(
      Type.Object(LogFilters.properties, {
        patternProperties: { '^meta\\..{1,128}$': Type.String() },
        additionalProperties: false,
      }),
    ),
    compression: Type.Optional(Type.Boolean({ default: false, description: 'gzip the body' })),
    order: Type.Optional(Type.Enum(['asc', 'desc'], { default: 'asc' })),
  },
  { additionalProperties: false },
);
export type ExportRequest = Static<typeof ExportRequest>;

/** Answer of `GET …/logs/histogram`. */
export const Histogram = Type.Object({
  data: Type.Object({
    start_time: Type.String(),
    end_time: Type.String(),
    bucket_ms: Type.Integer(),
    buckets: Type.Array(
      Type.Object({
        time: Type.String(),
        counts: Type.Record(Type.String(), Type.Integer()),
      }),
    ),
  }),
});
export type Histogram = Static<typeof Histogram>;
