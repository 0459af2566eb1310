/** What is wrong with the log system right now. */
import type { Backlog } from '@mcplog/message-bus';
import type { HealthAlert, ServiceRecord } from '@mcplog/protocol';
import type { DiskUsage } from './disk-usage.ts';
import { BEHIND_AFTER_MS, rotationStateOf } from './rotation-state.ts';

/** A service that has sent no sign for this long is missing; signs come every 5 s. */
export const MISSING_AFTER_MS = 15_000;
/** What was captured is normally in its file within a second. */
const LAG_WARNING_MS = 10_000;
const LAG_CRITICAL_MS = 120_000;
const DISK_WARNING = 0.9;
const DISK_CRITICAL = 0.97;
/** Without one of these nothing is captured or nothing is kept. */
const VITAL_APPS = ['log-writer', 'process-supervisor'];

export type Verdict = 'healthy' | 'degraded' | 'critical';

export interface Observations {
  readonly nowMs: number;
  readonly busConnected: boolean;
  readonly expectedApps: readonly string[];
  readonly services: readonly ServiceRecord[];
  readonly disk: DiskUsage;
  /** What waits for the log-writers. */
  readonly backlogs: readonly Backlog[];
}

/** `critical` when any alert is, `degraded` when there is any, else `healthy`. */
export function verdictOf(alerts: readonly HealthAlert[]): Verdict {
  if (alerts.some(({ severity }) => severity === 'critical')) return 'critical';
  return alerts.length > 0 ? 'degraded' : 'healthy';
}

export function findAlerts(seen: Observations): HealthAlert[] {
  if (!seen.busConnected) {
    // Life signs travel over the bus: without it nothing can be said about anybody.
    const message = 'the message bus is not connected; services keep what they have until it is';
    return [{ severity: 'critical', kind: 'bus_disconnected', message }, ...diskAlerts(seen.disk)];
  }
  return [
    ...missingAlerts(seen),
    ...problemAlerts(seen),
    ...lagAlerts(seen),
    ...sealingAlerts(seen),
    ...diskAlerts(seen.disk),
  ];
}

/** Whether the service has sent a sign lately. */
export function isPresent({ seenAt }: ServiceRecord, nowMs: number): boolean {
  return nowMs - Date.parse(seenAt) <= MISSING_AFTER_MS;
}

function missingAlerts({ expectedApps, services, nowMs }: Observations): HealthAlert[] {
  const present = new Set(services.filter((s) => isPresent(s, nowMs)).map(({ app }) => app));
  return expectedApps
    .filter((app) => !present.has(app))
    .map((app) => ({
      severity: VITAL_APPS.includes(app) ? 'critical' : 'warning',
      kind: 'service_missing',
      message: `no life sign of ${app} for ${MISSING_AFTER_MS / 1_000} s`,
    }));
}

function problemAlerts({ services, nowMs }: Observations): HealthAlert[] {
  return services
    .filter((service) => isPresent(service, nowMs))
    .flatMap(({ app, problems }) =>
      problems.map((problem) => ({
        severity: 'warning' as const,
        kind: 'service_problem',
        message: `${app}: ${problem}`,
      })),
    );
}

function lagAlerts({ backlogs }: Observations): HealthAlert[] {
  return backlogs
    .filter(({ oldestMs }) => oldestMs > LAG_WARNING_MS)
    .map(({ stream, messages, oldestMs }) => ({
      severity: oldestMs > LAG_CRITICAL_MS ? 'critical' : 'warning',
      kind: 'writer_lag',
      message: `${messages} batches wait on ${stream} to be written, the first for ${Math.round(oldestMs / 1_000)} s`,
    }));
}

/** What cannot be rotated or sealed its service tells as a problem of its own. */
function sealingAlerts({ services, nowMs }: Observations): HealthAlert[] {
  const present = services.filter((service) => isPresent(service, nowMs));
  const { status, waiting_files } = rotationStateOf(present);
  if (status !== 'behind') return [];
  const minutes = BEHIND_AFTER_MS / 60_000;
  const message = `${waiting_files} rotated files wait to be sealed, the first for over ${minutes} min`;
  return [{ severity: 'warning', kind: 'sealing_behind', message }];
}

function diskAlerts({ total, used }: DiskUsage): HealthAlert[] {
  const share = total === 0 ? 0 : used / total;
  if (share <= DISK_WARNING) return [];
  const severity = share > DISK_CRITICAL ? 'critical' : 'warning';
  const message = `the disk of the logs is ${Math.floor(share * 100)} % full`;
  return [{ severity, kind: 'disk_filling', message }];
}
