/** WebSocket tails: `/ws/mcps/{instanceId}/logs` and `/ws/admin/logs`. */
import type { LogEntry } from '@mcplog/log-entry';
import { type Static, Type } from 'typebox';
import { LogFilters } from './logs.ts';

/** Answer of `POST …/logs/ticket`; good for one connection within 30 s. */
export const TicketAnswer = Type.Object({ data: Type.Object({ ticket: Type.String() }) });
export type TicketAnswer = Static<typeof TicketAnswer>;

/** First message of a client; without one the tail starts unfiltered at the present. */
export const SubscribeMessage = Type.Object(
  {
    type: Type.Literal('subscribe'),
    filters: Type.Optional(
      Type.Object(LogFilters.properties, {
        patternProperties: { '^meta\\..{1,128}$': Type.String() },
        additionalProperties: false,
      }),
    ),
    /** A cursor of an earlier message: everything after it is sent first. */
    resume: Type.Optional(Type.String({ maxLength: 256 })),
    /** Opt in to `entries` frames, many entries each. */
    batch: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type SubscribeMessage = Static<typeof SubscribeMessage>;

/** What the server sends. `cursor` is a position to resume from. */
export type LiveMessage =
  | { type: 'subscribed'; cursor: string | null }
  | { type: 'log_entry'; data: LogEntry; cursor: string }
  | { type: 'entries'; data: LogEntry[]; cursor: string }
  | { type: 'gap'; count: number; from: string; to: string; reason: string }
  | { type: 'heartbeat'; time: string }
  | { type: 'error'; error: { code: string; message: string } };

/** Close codes of ours. */
export const CLOSE_UNAUTHORISED = 4401;
export const CLOSE_FORBIDDEN = 4403;
export const CLOSE_TOO_SLOW = 4408;
