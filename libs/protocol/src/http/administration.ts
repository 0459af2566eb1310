/** `/api/v1/admin/logs/*`: the seed's shapes. */
import { SYSTEM_CATEGORIES, SYSTEM_LEVELS } from '@mcplog/log-entry';
import { type Static, Type } from 'typebox';
import { LIMIT_DEFAULT, LIMIT_MAX, LogEntryShape, SEARCH_CHARS_MAX } from './logs.ts';

export const TIME_RANGES = ['1h', '6h', '24h', '7d', '30d'] as const;
export type TimeRange = (typeof TIME_RANGES)[number];

export const SystemLogQuery = Type.Object(
  {
    category: Type.Optional(Type.Enum([...SYSTEM_CATEGORIES])),
    level: Type.Optional(Type.Enum([...SYSTEM_LEVELS])),
    time_range: Type.Optional(Type.Enum([...TIME_RANGES], { default: '24h' })),
    search: Type.Optional(Type.String({ maxLength: SEARCH_CHARS_MAX })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT })),
    cursor: Type.Optional(Type.String({ maxLength: 1024 })),
  },
  { additionalProperties: false },
);
export type SystemLogQuery = Static<typeof SystemLogQuery>;

export const SystemLogAnswer = Type.Object({
  data: Type.Object({
    summary: Type.Object({
      total_entries: Type.Integer(),
      error_count: Type.Integer(),
      warning_count: Type.Integer(),
      critical_alerts: Type.Integer(),
    }),
    logs: Type.Array(LogEntryShape),
    trends: Type.Object({
      /** Errors and criticals per entry in the range; 0 when there are none. */
      error_rate: Type.Number(),
      performance_degradation: Type.Union([Type.Boolean(), Type.Null()]),
      security_incidents: Type.Integer(),
    }),
    next_cursor: Type.Union([Type.String(), Type.Null()]),
  }),
});
export type SystemLogAnswer = Static<typeof SystemLogAnswer>;

export const HealthAlert = Type.Object({
  severity: Type.Enum(['warning', 'critical']),
  /** A short fixed word, such as `service_missing`. */
  kind: Type.String(),
  message: Type.String(),
  since: Type.Optional(Type.String()),
});
export type HealthAlert = Static<typeof HealthAlert>;

export const HealthAnswer = Type.Object({
  data: Type.Object({
    log_system_health: Type.Enum(['healthy', 'degraded', 'critical']),
    disk_usage: Type.Object({
      total_space: Type.String(),
      used_space: Type.String(),
      user_logs: Type.String(),
      system_logs: Type.String(),
      /** The same four in bytes. */
      bytes: Type.Record(Type.String(), Type.Number()),
    }),
    rotation_status: Type.Enum(['healthy', 'behind', 'failing', 'not_running']),
    rotation: Type.Object({
      /** ISO 8601; null when none was since the services started. */
      last_rotation: Type.Union([Type.String(), Type.Null()]),
      last_sealed: Type.Union([Type.String(), Type.Null()]),
      /** Rotated and not sealed yet. */
      waiting_files: Type.Integer(),
      /** Of which the last try to rotate or seal failed. */
      failing_files: Type.Integer(),
      quarantined_files: Type.Integer(),
    }),
    backup_status: Type.String(),
    alerts: Type.Array(HealthAlert),
    /** Which of the two durability promises holds (design/architecture.md, promises 1 and 2). */
    bus: Type.Object({
      connected: Type.Boolean(),
      version: Type.String(),
      durability: Type.Enum(['power-loss', 'process-crash', 'unknown']),
    }),
    /** Whether each user's servers run under a system user of their own. */
    instance_isolation: Type.Enum(['separate-users', 'none', 'unknown']),
    services: Type.Array(
      Type.Object({
        app: Type.String(),
        host: Type.String(),
        pid: Type.Integer(),
        started_at: Type.String(),
        seen_at: Type.String(),
        problems: Type.Array(Type.String()),
        figures: Type.Record(Type.String(), Type.Number()),
      }),
    ),
  }),
});
export type HealthAnswer = Static<typeof HealthAnswer>;
