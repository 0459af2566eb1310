/** The answer of `GET /api/v1/admin/logs/health`. */
import {
  type Backlog,
  type Bus,
  type BusDurability,
  readBacklogs,
  readBusDurability,
} from '@mcplog/message-bus';
import type { HealthAlert, HealthAnswer, ServiceRecord } from '@mcplog/protocol';
import { findAlerts, isPresent, verdictOf } from './alerts.ts';
import type { AdminRegistry } from './api.ts';
import { bytesInWords, DiskMeter, type DiskUsage } from './disk-usage.ts';
import { rotationStateOf } from './rotation-state.ts';
import type { Settings } from './settings.ts';

const DURABILITY_FRESH_MS = 60_000;
/** No service does it yet, and health says so. */
const NOT_CONFIGURED = 'not_configured';

export interface HealthOptions {
  readonly bus: Bus;
  readonly registry: Pick<AdminRegistry, 'services'>;
  readonly settings: Pick<Settings, 'logDir' | 'expectedApps' | 'natsMonitorUrl'>;
}

export class HealthReporter {
  readonly #options: HealthOptions;
  readonly #disk: DiskMeter;
  /** When each standing alert was first found, by its kind and words. */
  #since = new Map<string, string>();
  #durability: { readonly value: BusDurability; readonly atMs: number } | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#disk = new DiskMeter(options.settings.logDir);
  }

  async read(): Promise<HealthAnswer['data']> {
    const { bus, registry, settings } = this.#options;
    const nowMs = Date.now();
    const disk = await this.#disk.read();
    const services = registry.services.list();
    const present = services.filter((service) => isPresent(service, nowMs));
    const { status: rotation_status, ...rotation } = rotationStateOf(present);
    const alerts = this.#withSince(
      findAlerts({
        nowMs,
        busConnected: bus.connected,
        expectedApps: settings.expectedApps,
        services,
        disk,
        backlogs: await this.#readBacklogs(),
      }),
      nowMs,
    );
    return {
      log_system_health: verdictOf(alerts),
      disk_usage: diskView(disk),
      rotation_status,
      rotation,
      backup_status: NOT_CONFIGURED,
      alerts,
      bus: {
        connected: bus.connected,
        version: bus.serverVersion,
        durability: await this.#readDurability(),
      },
      instance_isolation: isolationOf(present),
      services: present.toSorted((a, b) => (a.app < b.app ? -1 : 1)).map(serviceView),
    };
  }

  #withSince(alerts: readonly HealthAlert[], nowMs: number): HealthAlert[] {
    const before = this.#since;
    this.#since = new Map();
    return alerts.map((alert) => {
      const key = `${alert.kind} ${alert.message}`;
      const since = before.get(key) ?? new Date(nowMs).toISOString();
      this.#since.set(key, since);
      return { ...alert, since };
    });
  }

  /** None while the bus does not answer: that has its own alert. */
  async #readBacklogs(): Promise<Backlog[]> {
    const { bus } = this.#options;
    return bus.connected ? readBacklogs(bus).catch(() => []) : [];
  }

  async #readDurability(): Promise<BusDurability> {
    const { bus, settings } = this.#options;
    if (!bus.connected) return 'unknown';
    const known = this.#durability;
    if (known !== undefined && performance.now() - known.atMs < DURABILITY_FRESH_MS) {
      return known.value;
    }
    const value = await readBusDurability(bus, settings.natsMonitorUrl);
    this.#durability = { value, atMs: performance.now() };
    return value;
  }
}

/** Only as good as the weakest supervisor. */
function isolationOf(
  services: readonly ServiceRecord[],
): HealthAnswer['data']['instance_isolation'] {
  const supervisors = services.filter(({ app }) => app === 'process-supervisor');
  if (supervisors.length === 0) return 'unknown';
  return supervisors.every(({ figures }) => figures.separateUsers === 1)
    ? 'separate-users'
    : 'none';
}

function diskView({ total, used, userLogs, systemLogs }: DiskUsage) {
  return {
    total_space: bytesInWords(total),
    used_space: bytesInWords(used),
    user_logs: bytesInWords(userLogs),
    system_logs: bytesInWords(systemLogs),
    bytes: {
      total_space: total,
      used_space: used,
      user_logs: userLogs,
      system_logs: systemLogs,
    },
  };
}

function serviceView(record: ServiceRecord): HealthAnswer['data']['services'][number] {
  const { app, host, pid, startedAt, seenAt, problems, figures } = record;
  return { app, host, pid, started_at: startedAt, seen_at: seenAt, problems, figures };
}
