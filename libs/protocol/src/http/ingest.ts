/** What `mcplog wrap` sends: entries of a server that runs on somebody's own machine. */
import { ENTRY_TYPES, LEVELS } from '@mcplog/log-entry';
import { type Static, Type } from 'typebox';

/** Body of `POST /api/v1/ingest/wrap`. */
export const WrapRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 128 }),
    command: Type.Array(Type.String({ maxLength: 4096 }), { minItems: 1, maxItems: 256 }),
  },
  { additionalProperties: false },
);
export type WrapRequest = Static<typeof WrapRequest>;

export const WrapAnswer = Type.Object({ instance_id: Type.String(), run: Type.Integer() });
export type WrapAnswer = Static<typeof WrapAnswer>;

/** Lines and bytes of one `POST /api/v1/ingest/wrap/{instanceId}/{run}`. */
export const INGEST_LINES_MAX = 10_000;
export const INGEST_BYTES_MAX = 4 * 1024 * 1024;

/** One line of its body (application/x-ndjson); n rises by 1 from 1 in the run. */
export const IngestLine = Type.Object(
  {
    n: Type.Integer({ minimum: 1, maximum: 2 ** 32 - 1 }),
    timestampMs: Type.Number({ minimum: 0 }),
    type: Type.Enum([...ENTRY_TYPES]),
    level: Type.Optional(Type.Enum([...LEVELS])),
    message: Type.String({ maxLength: 262_144 }),
    metadata: Type.Optional(Type.Record(Type.String({ maxLength: 256 }), Type.Unknown())),
  },
  { additionalProperties: false },
);
export type IngestLine = Static<typeof IngestLine>;

export const IngestAnswer = Type.Object({ accepted_through: Type.Integer() });
export type IngestAnswer = Static<typeof IngestAnswer>;
