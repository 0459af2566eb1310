import { SYSTEM_LEVELS } from '@mcplog/log-entry';
import { type Static, Type } from 'typebox';

/** The payload of `system.<category>`: one entry, JSON. The writer adds `metadata.seq`. */
export const SystemRecord = Type.Object({
  /** Milliseconds since 1970, UTC. */
  timestampMs: Type.Number(),
  level: Type.Enum([...SYSTEM_LEVELS]),
  message: Type.String({ maxLength: 65_536 }),
  /** The app that speaks. */
  service: Type.String({ minLength: 1, maxLength: 64 }),
  /** A short word for the kind of event, such as `login_failed`; what alerts and reports match. */
  event: Type.String({ minLength: 1, maxLength: 64 }),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type SystemRecord = Static<typeof SystemRecord>;
