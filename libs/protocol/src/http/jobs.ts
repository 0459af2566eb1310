/** `/api/v1/admin/maintenance/*` and `/api/v1/admin/jobs`. */
import { ID_PATTERN } from '@mcplog/log-entry';
import { type Static, Type } from 'typebox';
import { JOB_KINDS, JOB_STATES } from '../records.ts';

const Id = Type.String({ pattern: ID_PATTERN });

/** Which logs to work on; nothing named: all of them, the system's included. */
export const MaintenanceRequest = Type.Object(
  {
    user: Type.Optional(Id),
    instance: Type.Optional(Id),
  },
  { additionalProperties: false },
);
export type MaintenanceRequest = Static<typeof MaintenanceRequest>;

export const MaintenanceAnswer = Type.Object({ data: Type.Object({ jobId: Id }) });

export const JobView = Type.Object({
  id: Id,
  kind: Type.Enum([...JOB_KINDS]),
  status: Type.Enum([...JOB_STATES]),
  /** 0 to 1. */
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  /** Parts done, of how many. */
  done: Type.Integer(),
  total: Type.Integer(),
  user: Type.Optional(Id),
  instance: Type.Optional(Id),
  requested_by: Type.String(),
  created_at: Type.String(),
  started_at: Type.Optional(Type.String()),
  finished_at: Type.Optional(Type.String()),
  result: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  error: Type.Optional(Type.String()),
});
export type JobView = Static<typeof JobView>;
