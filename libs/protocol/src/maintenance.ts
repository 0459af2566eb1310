/** What log-writers and the maintenance-worker say to each other. */
import { ID_PATTERN, LOG_FILES, SYSTEM_CATEGORIES } from '@mcplog/log-entry';
import { type Static, Type } from 'typebox';

const Id = Type.String({ pattern: ID_PATTERN });
const Count = Type.Integer({ minimum: 0 });

/** Payload of `maintenance.rotate`: rotate what lies under these leases, as far as you hold them. */
export const RotateRequest = Type.Object({
  leases: Type.Array(Type.String(), { maxItems: 64 }),
  /** Only this user's instances, and no system logs. */
  user: Type.Optional(Id),
  /** Only this instance. */
  instance: Type.Optional(Id),
});
export type RotateRequest = Static<typeof RotateRequest>;

/** Answered while a log-writer rotates and, with `isLast`, once more at the end. */
export const RotateProgress = Type.Object({
  /** The same in all its answers, and nobody else's. */
  writer: Type.String(),
  /** The leases of the request that this writer held all the time. */
  leases: Type.Array(Type.String()),
  /** Active files looked at, of how many. */
  done: Count,
  total: Count,
  rotated: Count,
  /** What could not be rotated, in words; at most 20. */
  failures: Type.Array(Type.String()),
  isLast: Type.Boolean(),
});
export type RotateProgress = Static<typeof RotateProgress>;

/** Payload of `maintenance.rotated`: this file waits to be sealed. */
export const RotatedNotice = Type.Object({
  owner: Type.Union([
    Type.Object({ kind: Type.Literal('instance'), userId: Id, instanceId: Id }),
    Type.Object({ kind: Type.Literal('system') }),
  ]),
  log: Type.Enum([...LOG_FILES, ...SYSTEM_CATEGORIES]),
  day: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  number: Count,
});
export type RotatedNotice = Static<typeof RotatedNotice>;
