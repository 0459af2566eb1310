import type { DoorApp } from '@mcplog/http-door';
import type { SystemCategory, SystemLevel } from '@mcplog/log-entry';
import type { SystemLog } from '@mcplog/message-bus';
import type { Registry } from '@mcplog/registry';
import type { FastifyRequest } from 'fastify';
import type { Accounts } from './accounts.ts';
import type { HealthReporter } from './health.ts';
import type { Jobs } from './jobs.ts';
import { asRefusal } from './refusals.ts';
import { addAdminInstanceRoutes } from './routes/admin-instances.ts';
import { addAuthRoutes } from './routes/auth.ts';
import { addCatalogueRoutes } from './routes/catalogue.ts';
import { addJobRoutes } from './routes/jobs.ts';
import { addSystemLogRoutes } from './routes/system-logs.ts';
import { addUserRoutes } from './routes/users.ts';
import type { SystemLogs } from './system-logs.ts';

export type AdminRegistry = Registry<
  | 'users'
  | 'usernames'
  | 'sessions'
  | 'catalogue'
  | 'instances'
  | 'instance_status'
  | 'jobs'
  | 'services'
>;

/** What the routes work with. */
export interface Api {
  readonly app: DoorApp;
  readonly registry: AdminRegistry;
  readonly accounts: Accounts;
  readonly systemLogs: SystemLogs;
  readonly health: HealthReporter;
  readonly jobs: Jobs;
  readonly tell: Teller;
}

/** One thing that somebody did, or tried. */
export interface Told {
  readonly level?: SystemLevel;
  /** A short fixed word, such as `user_created`. */
  readonly event: string;
  readonly message: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Writes down what the sender of a request did. */
export type Teller = (
  category: Extract<SystemCategory, 'audit' | 'security'>,
  request: FastifyRequest,
  told: Told,
) => void;

/** Adds all routes, in a scope in which errors of the bus and the store become answers. */
export async function addRoutes(api: Api): Promise<void> {
  await api.app.register((scope, _options, done) => {
    scope.setErrorHandler((error) => {
      throw asRefusal(error);
    });
    const scoped: Api = { ...api, app: scope as unknown as DoorApp };
    addAuthRoutes(scoped);
    addUserRoutes(scoped);
    addCatalogueRoutes(scoped);
    addAdminInstanceRoutes(scoped);
    addJobRoutes(scoped);
    addSystemLogRoutes(scoped);
    done();
  });
}

export function createTeller(systemLog: SystemLog): Teller {
  return (category, request, { level = 'info', event, message, facts = {} }) => {
    const { subject, id: requestId, ip: address } = request;
    const who = subject && { userId: subject.userId, username: subject.username };
    systemLog.write(category, {
      level,
      event,
      message,
      metadata: { ...who, requestId, address, ...facts },
    });
  };
}
