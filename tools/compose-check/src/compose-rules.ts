/** What must be true of docker-compose.yml, whatever else changes in it. Pure. */
import type { ComposeFile, ComposeService } from './compose-file.ts';

export interface Repository {
  /** Variables that the settings of each app know, by app. */
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** Services with an identity on the bus. */
  readonly busServices: readonly string[];
  /** Variables that .env.example tells of. */
  readonly documented: readonly string[];
  /** Text of the Dockerfile. */
  readonly dockerfile: string;
}

const SET_UP = ['bus-setup', 'bus-provision'];
/** The variable of an app that has a door, and so must have a container. */
const DOOR = 'MCPLOG_HTTP_PORT';

const LOOPBACK_PORT = /^\$\{MCPLOG_BIND:-127\.0\.0\.1\}:/;

/** Who may mount what, and how; every other volume `key-<app>` belongs to that app. */
const VOLUME_USERS: Readonly<Record<string, Readonly<Record<string, 'ro' | 'rw'>>>> = {
  logs: {
    'log-writer': 'rw',
    'maintenance-worker': 'rw',
    'query-api': 'ro',
    'stream-gateway': 'ro',
    'admin-api': 'ro',
  },
  integrity: { 'log-writer': 'rw', 'maintenance-worker': 'rw' },
  supervisor: { 'process-supervisor': 'rw' },
  nats: { nats: 'rw', 'bus-setup': 'rw' },
  'nats-config': { nats: 'ro', 'bus-setup': 'rw' },
  'bus-keys': { 'bus-setup': 'rw', 'bus-provision': 'ro' },
  'master-key': { 'query-api': 'ro', 'process-supervisor': 'ro', 'bus-setup': 'rw' },
};

/** Every broken rule, in words. */
export function brokenRules(file: ComposeFile, repository: Repository): string[] {
  return [
    ...file.services.flatMap((service) => [
      ...hardening(service, repository),
      ...mounts(service),
      ...variables(service, repository),
    ]),
    ...containers(file, repository),
    ...publishing(file),
    ...keys(file, repository),
    ...documentation(file, repository),
  ];
}

function hardening(service: ComposeService, { dockerfile }: Repository): string[] {
  const once = SET_UP.includes(service.name);
  const checked =
    service.healthCheck === 'own' ||
    (service.healthCheck === 'image' &&
      service.app !== undefined &&
      /^HEALTHCHECK /m.test(dockerfile));
  const wanted: readonly (readonly [boolean, string])[] = [
    [service.readOnly, 'its root file system is read-only'],
    [service.droppedCapabilities.includes('ALL'), 'it drops all capabilities'],
    [service.securityOptions.includes('no-new-privileges:true'), 'it gains no privileges'],
    [/^[1-9]\d*:[1-9]\d*$/.test(service.user), 'it runs as a numbered user that is not root'],
    [service.hasMemoryLimit, 'its memory is limited'],
    [service.hasProcessLimit, 'its processes are limited'],
    [service.restart === (once ? 'no' : 'unless-stopped'), 'it restarts unless it runs once'],
    [once || checked, 'its health is checked'],
  ];
  return wanted
    .filter(([holds]) => !holds)
    .map(([, rule]) => `${service.name}: not true that ${rule}`);
}

function mounts(service: ComposeService): string[] {
  return service.mounts.flatMap(({ volume, readOnly }) => {
    const mode = readOnly ? 'ro' : 'rw';
    const users = VOLUME_USERS[volume] ?? keyUsers(volume);
    if (users[service.name] === mode) return [];
    return [`${service.name}: must not mount ${volume} ${mode}`];
  });
}

function keyUsers(volume: string): Readonly<Record<string, 'ro' | 'rw'>> {
  const app = /^key-(.+)$/.exec(volume)?.[1];
  return app === undefined ? {} : { [app]: 'ro', 'bus-setup': 'rw' };
}

function variables({ name, app, variables }: ComposeService, { settings }: Repository): string[] {
  if (app === undefined) return [];
  const known = settings[app] ?? [];
  const unknown = variables.filter((variable) => !known.includes(variable));
  return unknown.map((variable) => `${name}: apps/${app} has no setting ${variable}`);
}

function containers({ services }: ComposeFile, { settings }: Repository): string[] {
  const running = new Set(services.map(({ app }) => app));
  const apps = Object.entries(settings).filter(([, names]) => names.includes(DOOR));
  const without = apps.filter(([app]) => !running.has(app));
  return without.map(([app]) => `apps/${app} has a door but no container`);
}

function publishing({ services, internalNetworks }: ComposeFile): string[] {
  const open = services.filter(({ name, ports }) => ports.length > 0 && name !== 'dashboard');
  const ports = services.find(({ name }) => name === 'dashboard')?.ports ?? [];
  const outside = services.filter(
    ({ name, networks }) =>
      !['dashboard', 'process-supervisor'].includes(name) &&
      networks.some((network) => !internalNetworks.includes(network)),
  );
  return [
    ...open.map(({ name }) => `${name}: only the dashboard publishes a port`),
    ...(ports.length === 1 && LOOPBACK_PORT.test(ports[0] ?? '')
      ? []
      : ['dashboard: publishes exactly one port, on 127.0.0.1 unless MCPLOG_BIND is set']),
    ...outside.map(({ name }) => `${name}: is on a network that is not internal`),
  ];
}

function keys({ services }: ComposeFile, { busServices }: Repository): string[] {
  const made = services.find(({ name }) => name === 'bus-setup')?.mounts ?? [];
  const missing = busServices.filter(
    (app) => !made.some(({ target }) => target.endsWith(`/app-keys/${app}`)),
  );
  return missing.map((app) => `bus-setup: has no volume for the key of ${app}`);
}

function documentation({ interpolated }: ComposeFile, { documented }: Repository): string[] {
  return [
    ...interpolated
      .filter((name) => !documented.includes(name))
      .map((name) => `.env.example does not tell of ${name}`),
    ...documented
      .filter((name) => !interpolated.includes(name))
      .map((name) => `.env.example tells of ${name}, which docker-compose.yml does not use`),
  ];
}
