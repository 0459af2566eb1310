/** What the registry keeps, one schema per bucket. */
import { ID_PATTERN } from '@mcplog/log-entry';
import { type Static, Type } from 'typebox';

const Id = Type.String({ pattern: ID_PATTERN });
const Time = Type.String({ description: 'ISO 8601, UTC' });

export const ROLES = ['user', 'auditor', 'admin'] as const;
export const Role = Type.Enum([...ROLES]);
export type Role = Static<typeof Role>;

export const UserRecord = Type.Object({
  id: Id,
  username: Type.String({ minLength: 1, maxLength: 128 }),
  role: Role,
  /** `scrypt$N$r$p$salt$hash`, see access-control. */
  passwordHash: Type.String(),
  createdAt: Time,
});
export type UserRecord = Static<typeof UserRecord>;

/** Keyed by the SHA-256 of the token, hex: the token itself is never stored. */
export const SessionRecord = Type.Object({
  userId: Id,
  username: Type.String(),
  role: Role,
  createdAt: Time,
  expiresAt: Time,
});
export type SessionRecord = Static<typeof SessionRecord>;

/** A WebSocket ticket, keyed by the SHA-256 of the ticket; used once, gone after 30 s. */
export const TicketRecord = Type.Object({
  userId: Id,
  instanceId: Type.String({ description: 'the instance, or `system` for the admin stream' }),
  sessionKey: Type.String(),
  expiresAt: Time,
});
export type TicketRecord = Static<typeof TicketRecord>;

/** How much an instance may print, where an item differs from the supervisor's settings; 0: no limit. */
export const StormLimits = Type.Object({
  linesPerSecond: Type.Optional(Type.Integer({ minimum: 0 })),
  linesBurst: Type.Optional(Type.Integer({ minimum: 0 })),
  bytesPerDay: Type.Optional(Type.Integer({ minimum: 0 })),
  tracesPerSecond: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type StormLimits = Static<typeof StormLimits>;

export const CatalogueItem = Type.Object({
  service: Id,
  command: Type.String({ minLength: 1, maxLength: 4096 }),
  args: Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 64 }),
  /** The variables a user may or must give. */
  env: Type.Record(
    Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' }),
    Type.Object({ secret: Type.Boolean(), required: Type.Boolean() }),
  ),
  transport: Type.Enum(['stdio', 'http']),
  routing: Type.Object({ stderr: Type.Enum(['error-log', 'by-level']) }),
  storm: Type.Optional(StormLimits),
  updatedAt: Time,
});
export type CatalogueItem = Static<typeof CatalogueItem>;

/** The service of instances that a client runs itself (`mcplog wrap`): nobody here starts them. */
export const WRAP_SERVICE = 'wrap';

export const InstanceRecord = Type.Object({
  id: Id,
  userId: Id,
  service: Id,
  name: Type.String({ minLength: 1, maxLength: 128 }),
  /** What the owner wants; the supervisor makes it so. */
  desired: Type.Enum(['running', 'stopped']),
  /** Rises with each restart the owner asks for. */
  restartCount: Type.Integer({ minimum: 0 }),
  /** Values that are no secret. */
  env: Type.Record(Type.String(), Type.String()),
  /** Values that are: sealed with the master key, see access-control. */
  sealedEnv: Type.String(),
  createdAt: Time,
});
export type InstanceRecord = Static<typeof InstanceRecord>;

const ProgramName = Type.Object({ name: Type.String(), version: Type.String() });

/** How a server and its clients speak, over one run; all text from outside is masked. */
export const ProtocolReport = Type.Object({
  run: Type.Integer({ minimum: 0 }),
  seenAt: Time,
  /** `legacy` has a handshake (to 2025-11-25), `modern` has none (from 2026-07-28). */
  era: Type.Enum(['unknown', 'legacy', 'modern', 'both']),
  /** Those spoken; of a handshake the negotiated one. */
  protocolVersions: Type.Array(Type.String()),
  server: Type.Optional(ProgramName),
  clients: Type.Array(ProgramName),
  figures: Type.Record(Type.String(), Type.Number()),
  /** Finished calls by outcome. */
  outcomes: Type.Record(Type.String(), Type.Integer()),
  /** What somebody should know, the worst first. */
  findings: Type.Array(
    Type.Object({
      code: Type.String(),
      level: Type.Enum(['info', 'warn', 'error']),
      count: Type.Integer(),
      message: Type.String(),
    }),
  ),
});
export type ProtocolReport = Static<typeof ProtocolReport>;

/** What the supervisor last saw of an instance, keyed by instance id. */
export const InstanceStatus = Type.Object({
  instanceId: Id,
  state: Type.Enum(['starting', 'running', 'stopped', 'backing_off', 'failed']),
  pid: Type.Optional(Type.Integer()),
  run: Type.Integer({ minimum: 0 }),
  /** Starts since the owner last asked for one. */
  attempts: Type.Integer({ minimum: 0 }),
  changedAt: Time,
  /** Why the last process ended, in words. */
  lastExit: Type.Optional(Type.String()),
  /** The last error line the server printed, masked. */
  lastError: Type.Optional(Type.String()),
  /** Of the newest run that spoke; some seconds old. */
  protocol: Type.Optional(ProtocolReport),
});
export type InstanceStatus = Static<typeof InstanceStatus>;

/** The next free run of an instance; taken by compare-and-set. */
export const RunRecord = Type.Object({ next: Type.Integer({ minimum: 1 }) });
export type RunRecord = Static<typeof RunRecord>;

/** Who may write a shard, keyed `shard-<n>` or `system`; who maintains, keyed `maintenance`. */
export const LeaseRecord = Type.Object({
  holder: Type.String(),
  host: Type.String(),
  pid: Type.Integer(),
  /** Milliseconds since 1970. */
  expiresAtMs: Type.Number(),
});
export type LeaseRecord = Static<typeof LeaseRecord>;

/** The life sign of one process, keyed by its name and number. */
export const ServiceRecord = Type.Object({
  app: Type.String(),
  host: Type.String(),
  pid: Type.Integer(),
  startedAt: Time,
  seenAt: Time,
  /** What is wrong right now, in words; empty when all is well. */
  problems: Type.Array(Type.String()),
  /** Figures of this app, such as spool bytes; shown on the health page. */
  figures: Type.Record(Type.String(), Type.Number()),
});
export type ServiceRecord = Static<typeof ServiceRecord>;

/** Work of the maintenance-worker that somebody may ask for. */
export const JOB_KINDS = ['rotate', 'seal', 'verify'] as const;
export type JobKind = (typeof JOB_KINDS)[number];
export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;

/** One piece of work, keyed by its id. */
export const JobRecord = Type.Object({
  id: Id,
  kind: Type.Enum([...JOB_KINDS]),
  /** Only this user's, or only this instance's logs; absent: all. */
  user: Type.Optional(Id),
  instance: Type.Optional(Id),
  status: Type.Enum([...JOB_STATES]),
  /** Parts done, of how many; 0 of 0 as long as nobody has counted. */
  done: Type.Integer({ minimum: 0 }),
  total: Type.Integer({ minimum: 0 }),
  cancelRequested: Type.Boolean(),
  requestedBy: Type.String(),
  createdAt: Time,
  startedAt: Type.Optional(Time),
  finishedAt: Type.Optional(Time),
  /** What came of it; which members there are depends on the kind. */
  result: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  /** Why it failed, in words. */
  error: Type.Optional(Type.String()),
});
export type JobRecord = Static<typeof JobRecord>;
