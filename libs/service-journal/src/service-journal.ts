import type { AccessEvent } from '@mcplog/http-door';
import type { SystemLog } from '@mcplog/message-bus';
import { RequestTimes } from './request-times.ts';

const PERFORMANCE_EVERY_MS = 60_000;
/** Actions whose every attempt is audited. */
const AUDITED = /^(logs|systemLogs|audit|admin)\./;

/** One service's words in the system logs. */
export class ServiceJournal {
  readonly #app: string;
  readonly #systemLog: SystemLog;
  readonly #times = new RequestTimes();
  readonly #timer: NodeJS.Timeout;

  constructor(app: string, systemLog: SystemLog) {
    this.#app = app;
    this.#systemLog = systemLog;
    this.#timer = setInterval(() => this.#tellPerformance(), PERFORMANCE_EVERY_MS);
    this.#timer.unref();
  }

  started(): void {
    this.#systemLog.write('application', {
      level: 'info',
      event: 'service_started',
      message: `${this.#app} started`,
      metadata: { pid: process.pid, node: process.version },
    });
  }

  /** Tells the end and what is left of the running minute. */
  stopped(): void {
    clearInterval(this.#timer);
    this.#tellPerformance();
    this.#systemLog.write('application', {
      level: 'info',
      event: 'service_stopped',
      message: `${this.#app} stopped`,
      metadata: { pid: process.pid },
    });
  }

  /** One request, allowed or not. */
  access(event: AccessEvent): void {
    this.#times.add(`${event.method} ${event.route}`, event.durationMs, event.status);
    if (AUDITED.test(event.action)) this.#audit(event);
    if (event.outcome !== 'allowed') this.#tellRefusal(event);
  }

  #audit(event: AccessEvent): void {
    this.#systemLog.write('audit', {
      level: event.outcome === 'allowed' ? 'info' : 'warn',
      event: event.action.startsWith('logs.') ? 'log_access' : 'admin_access',
      message: `${nameOf(event)}: ${whatOf(event)} ${event.outcome}`,
      metadata: factsOf(event),
    });
  }

  #tellRefusal(event: AccessEvent): void {
    this.#systemLog.write('security', {
      level: 'warn',
      event: event.status === 401 ? 'not_logged_in' : 'access_denied',
      message: `${nameOf(event)}: ${whatOf(event)} refused with ${event.status}`,
      metadata: factsOf(event),
    });
  }

  #tellPerformance(): void {
    for (const { route, ...figures } of this.#times.take()) {
      this.#systemLog.write('performance', {
        level: 'info',
        event: 'request_times',
        message: `${route}: ${figures.count} requests, p95 ${figures.p95} ms`,
        metadata: { route, ...figures },
      });
    }
  }
}

function nameOf({ subject }: AccessEvent): string {
  return subject?.username ?? 'somebody';
}

/** The action, and what it was about. */
function whatOf({ action, object }: AccessEvent): string {
  return object === undefined ? action : `${action} ${object}`;
}

function factsOf(event: AccessEvent): Record<string, unknown> {
  const { subject, action, object, outcome, status, requestId, address } = event;
  return {
    userId: subject?.userId,
    username: subject?.username,
    action,
    ...(object !== undefined && { instanceId: object }),
    outcome,
    status,
    requestId,
    address,
  };
}
