/** docker-compose.yml as data, and what it is compared with. */
import { parse } from 'yaml';

export interface Mount {
  readonly volume: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface ComposeService {
  readonly name: string;
  /** The app that its command starts; absent for foreign programs. */
  readonly app: string | undefined;
  readonly image: string;
  readonly user: string;
  readonly readOnly: boolean;
  readonly droppedCapabilities: readonly string[];
  readonly securityOptions: readonly string[];
  readonly hasMemoryLimit: boolean;
  readonly hasProcessLimit: boolean;
  readonly restart: string;
  /** `image`: the one of the Dockerfile. */
  readonly healthCheck: 'own' | 'image' | 'off';
  readonly ports: readonly string[];
  readonly networks: readonly string[];
  readonly mounts: readonly Mount[];
  readonly variables: readonly string[];
}

export interface ComposeFile {
  readonly services: readonly ComposeService[];
  readonly internalNetworks: readonly string[];
  /** Every variable in `${…}`. */
  readonly interpolated: readonly string[];
}

/** What YAML holds for a service, as far as it is looked at. */
interface RawService {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly restart?: string;
  readonly healthcheck?: { readonly disable?: boolean; readonly test?: unknown };
  readonly ports?: readonly string[];
  readonly network_mode?: string;
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
}

interface RawFile {
  readonly services: Readonly<Record<string, RawService>>;
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

export function readComposeFile(text: string): ComposeFile {
  const raw = parse(text, { merge: true }) as RawFile;
  const networks = Object.entries(raw.networks ?? {});
  return {
    services: Object.entries(raw.services).map(([name, service]) => readService(name, service)),
    internalNetworks: networks.filter(([, net]) => net?.internal).map(([name]) => name),
    interpolated: [
      ...new Set([...text.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name ?? '')),
    ],
  };
}

function readService(name: string, raw: RawService): ComposeService {
  return {
    name,
    app: raw.command?.map((word) => /^apps\/([^/]+)\/src\/main\.ts$/.exec(word)?.[1]).find(Boolean),
    image: raw.image ?? '',
    user: raw.user ?? 'root',
    readOnly: raw.read_only ?? false,
    droppedCapabilities: raw.cap_drop ?? [],
    securityOptions: raw.security_opt ?? [],
    hasMemoryLimit: raw.mem_limit !== undefined,
    hasProcessLimit: (raw.pids_limit ?? 0) > 0,
    restart: raw.restart ?? 'no',
    healthCheck: healthCheckOf(raw),
    ports: raw.ports ?? [],
    networks: raw.networks ?? (raw.network_mode === 'none' ? [] : ['default']),
    mounts: (raw.volumes ?? []).map(readMount),
    variables: Object.keys(raw.environment ?? {}),
  };
}

function healthCheckOf({ healthcheck }: RawService): ComposeService['healthCheck'] {
  if (healthcheck?.disable) return 'off';
  return healthcheck?.test === undefined ? 'image' : 'own';
}

function readMount(text: string): Mount {
  const [volume = '', target = '', mode] = text.split(':');
  return { volume, target, readOnly: mode === 'ro' };
}
