/** Which apps there are, and what each of them is told. */
import { join } from 'node:path';
import { busSeedPath } from '@mcplog/message-bus';
import type { BrokerConfig } from './broker-config.ts';
import { type Folders, ROOT } from './folders.ts';
import { freePort } from './free-port.ts';
import type { ProgramPlan } from './kept-program.ts';
import { removePidFile, writePidFile } from './leftovers.ts';
import { shownAppLine } from './shown-line.ts';

const HOST = '127.0.0.1';

/** The services behind the one origin. */
export const SERVICES = [
  'log-writer',
  'maintenance-worker',
  'process-supervisor',
  'admin-api',
  'query-api',
  'stream-gateway',
] as const;
export type Service = (typeof SERVICES)[number];
export type AppName = Service | 'dashboard' | 'demo-traffic';

export const APP_NAMES: readonly AppName[] = [...SERVICES, 'dashboard', 'demo-traffic'];

/** The program of an app, relative to the repository; it stands in its command line. */
export function programOf(app: AppName): string {
  return join('apps', app, 'src', 'main.ts');
}

/**
 * These hold buffers and few values: with a large young generation they would take much more memory
 * and be no faster.
 */
const NODE_FLAGS: Readonly<Partial<Record<AppName, readonly string[]>>> = {
  'log-writer': ['--max-semi-space-size=2'],
  'process-supervisor': ['--max-semi-space-size=2'],
  'query-api': ['--max-semi-space-size=4'],
};

/** How the dashboard is told where the services are that it stands in front of. */
const UPSTREAM_SETTINGS: Readonly<Partial<Record<Service, string>>> = {
  'process-supervisor': 'MCPLOG_SUPERVISOR_URL',
  'admin-api': 'MCPLOG_ADMIN_API_URL',
  'query-api': 'MCPLOG_QUERY_API_URL',
  'stream-gateway': 'MCPLOG_STREAM_GATEWAY_URL',
};

export interface AppPlan extends ProgramPlan {
  /** Where `/health/ready` answers; absent for an app without a door. */
  readonly url?: string;
}

export interface PlanInput {
  readonly folders: Folders;
  readonly broker: BrokerConfig;
  readonly port: number;
  readonly adminPassword: string | undefined;
  /** Variables every app gets. */
  readonly inherited: Readonly<Record<string, string>>;
}

export interface AppPlans {
  readonly services: readonly AppPlan[];
  readonly dashboard: AppPlan;
  readonly demoTraffic: AppPlan;
  /** The one origin. */
  readonly url: string;
}

/** Where admin-api leaves a password it made itself, for the launcher to show once. */
export function firstPasswordFile(folders: Folders): string {
  return join(folders.run, 'first-password');
}

/** User name and password of the demo user, for demo-traffic. */
export function demoCredentialsFile(folders: Folders): string {
  return join(folders.data, 'demo-credentials.json');
}

export async function planApps(input: PlanInput): Promise<AppPlans> {
  const ports = new Map<Service, number>();
  for (const app of SERVICES) ports.set(app, await freePort());
  const url = `http://${HOST}:${input.port}`;
  const services = SERVICES.map((app) => servicePlan(app, ports.get(app) ?? 0, input));
  const upstreams = Object.fromEntries(
    services.flatMap(({ name, url: upstream = '' }) => {
      const setting = UPSTREAM_SETTINGS[name as Service];
      return setting === undefined ? [] : [[setting, upstream]];
    }),
  );
  return {
    url,
    services,
    dashboard: appPlan('dashboard', input, { ...doorEnv(input, input.port), ...upstreams }),
    demoTraffic: appPlan('demo-traffic', input, {
      MCPLOG_URL: url,
      MCPLOG_DEMO_CREDENTIALS_FILE: demoCredentialsFile(input.folders),
    }),
  };
}

function servicePlan(app: Service, port: number, input: PlanInput): AppPlan {
  const { folders, broker } = input;
  return appPlan(app, input, {
    ...doorEnv(input, port),
    // Requests reach a service through the dashboard, which says for whom they are.
    MCPLOG_TRUSTED_PROXIES: `${HOST}/32`,
    MCPLOG_NATS_URL: broker.url,
    MCPLOG_NATS_SEED_FILE: busSeedPath(folders.bus, app),
    ...ownEnv(app, input),
  });
}

/** What only this service may or must know. */
function ownEnv(app: Service, { folders, broker, adminPassword }: PlanInput) {
  const logs = { MCPLOG_LOG_DIR: folders.logs };
  const data = { MCPLOG_DATA_DIR: folders.data };
  const secrets = {
    ...data,
    MCPLOG_MASTER_KEY_FILE: join(folders.data, 'master.key'),
  };
  const monitor = { MCPLOG_NATS_MONITOR_URL: broker.monitorUrl };
  const own: Record<Service, Record<string, string>> = {
    'log-writer': { ...logs, ...data },
    'maintenance-worker': { ...logs, ...data },
    'process-supervisor': { ...secrets, MCPLOG_HIDDEN_DIRS: folders.logs },
    'query-api': { ...logs, ...secrets },
    'stream-gateway': logs,
    'admin-api': {
      ...logs,
      ...monitor,
      MCPLOG_FIRST_PASSWORD_FILE: firstPasswordFile(folders),
      ...(adminPassword !== undefined && { MCPLOG_ADMIN_PASSWORD: adminPassword }),
    },
  };
  return own[app];
}

function doorEnv({ port: publicPort }: PlanInput, port: number): Record<string, string> {
  return {
    MCPLOG_HTTP_HOST: HOST,
    MCPLOG_HTTP_PORT: String(port),
    MCPLOG_ALLOWED_HOSTS: `${HOST}:${publicPort},localhost:${publicPort}`,
  };
}

function appPlan(name: AppName, input: PlanInput, env: Record<string, string>): AppPlan {
  const port = env.MCPLOG_HTTP_PORT;
  return {
    name,
    command: process.execPath,
    args: [...(NODE_FLAGS[name] ?? []), programOf(name)],
    cwd: ROOT,
    env: { ...input.inherited, ...env },
    logFile: join(input.folders.run, `${name}.log`),
    ipc: true,
    shownLine: shownAppLine,
    onStarted: (pid) => writePidFile(input.folders, name, pid),
    onEnded: () => removePidFile(input.folders, name),
    ...(port !== undefined && { url: `http://${HOST}:${port}` }),
  };
}
