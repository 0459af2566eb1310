import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { usageError } from './errors.ts';

/** What the environment says; the table in README.md names every variable. */
export interface Settings {
  /** MCPLOG_URL: where the platform answers, such as http://127.0.0.1:7070. */
  readonly url: string | undefined;
  /** MCPLOG_TOKEN: a session token for that platform. */
  readonly token: string | undefined;
  /** MCPLOG_DATA_DIR, absolute; undefined: not set. */
  readonly dataDir: string | undefined;
  /** MCPLOG_LOG_DIR, absolute; undefined: not set. */
  readonly logDir: string | undefined;
  /** MCPLOG_PORT: the port `mcplog up` takes. Default 7070. */
  readonly port: number;
  /** `$XDG_CONFIG_HOME/mcplog`, default `~/.config/mcplog`. */
  readonly configDir: string;
  /** `$XDG_STATE_HOME/mcplog`, default `~/.local/state/mcplog`. */
  readonly stateDir: string;
  /** MCPLOG_WRAP_DELIVERY_MS: how long `wrap` may outlive its server to deliver. Default 2000. */
  readonly wrapDeliveryMs: number;
  /** False when NO_COLOR is set. */
  readonly colour: boolean;
  /** PATH, for the programs that `doctor` looks for. */
  readonly path: string;
}

const PORT_DEFAULT = 7070;
const WRAP_DELIVERY_MS_DEFAULT = 2_000;
const WRAP_DELIVERY_MS_MAX = 60_000;

/** @throws CliError (usage) naming every refused variable */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const text = (name: string) => env[name]?.trim() || undefined;
  const path = (name: string) => {
    const value = text(name);
    return value === undefined ? undefined : resolve(value);
  };
  const problems: string[] = [];
  const number = (name: string, max: number, byDefault: number) => {
    const value = Number(text(name) ?? byDefault);
    if (Number.isInteger(value) && value >= 0 && value <= max) return value;
    problems.push(`${name}: accepted is a whole number from 0 to ${max}`);
    return byDefault;
  };
  const port = number('MCPLOG_PORT', 65_535, PORT_DEFAULT);
  const wrapDeliveryMs = number(
    'MCPLOG_WRAP_DELIVERY_MS',
    WRAP_DELIVERY_MS_MAX,
    WRAP_DELIVERY_MS_DEFAULT,
  );
  const url = text('MCPLOG_URL');
  if (url !== undefined && !isHttpUrl(url)) {
    problems.push('MCPLOG_URL: accepted is http://host:port or https://host');
  }
  if (problems.length > 0) throw usageError(problems.join('; '));
  return {
    url,
    token: text('MCPLOG_TOKEN'),
    dataDir: path('MCPLOG_DATA_DIR'),
    logDir: path('MCPLOG_LOG_DIR'),
    port,
    wrapDeliveryMs,
    configDir: join(path('XDG_CONFIG_HOME') ?? join(homedir(), '.config'), 'mcplog'),
    stateDir: join(path('XDG_STATE_HOME') ?? join(homedir(), '.local', 'state'), 'mcplog'),
    colour: text('NO_COLOR') === undefined,
    path: env.PATH ?? '',
  };
}

export function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
}

/** What a wrapped server gets: everything but our own token, which is not meant for it. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { MCPLOG_TOKEN: _ours, ...rest } = process.env;
  return rest;
}
