import {
  defineSettings,
  pathSetting,
  readSettings,
  type SettingProblem,
  SettingsError,
  type SettingsOf,
} from '@mcplog/service-host';
import { Type } from 'typebox';

/** Every setting of the launcher; the table in README.md is made from it. */
export const SETTINGS = defineSettings({
  port: {
    env: 'MCPLOG_PORT',
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 7070,
    meaning: 'Port on 127.0.0.1 on which everything answers; 0 takes a free one. Flag `--port`.',
  },
  logDir: {
    env: 'MCPLOG_LOG_DIR',
    schema: pathSetting(),
    default: './logs',
    meaning: 'Folder of all log files. Flag `--logs`.',
  },
  dataDir: {
    env: 'MCPLOG_DATA_DIR',
    schema: pathSetting(),
    default: './data',
    meaning: 'Folder of everything else that is kept: keys, bus, accounts. Flag `--data`.',
  },
  demo: {
    env: 'MCPLOG_DEMO',
    schema: Type.Boolean(),
    default: true,
    meaning: 'Whether the demo user is made and its servers are driven. Flag `--no-demo`.',
  },
  adminPassword: {
    env: 'MCPLOG_ADMIN_PASSWORD',
    schema: Type.Optional(Type.String({ minLength: 8, maxLength: 1024 })),
    meaning: 'Password of the first administrator, `admin`; without one it is made and shown once.',
    secret: true,
  },
});

export type Settings = SettingsOf<typeof SETTINGS>;

/**
 * The settings, where a flag stands above its variable.
 * @throws SettingsError naming every refused flag and variable
 */
export function loadSettings(flags: Readonly<Record<string, FlagValue>>): Settings {
  const values = Object.entries(flags).map(([env, { value }]) => [env, value]);
  try {
    return readSettings(SETTINGS, { ...process.env, ...Object.fromEntries(values) });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new SettingsError(error.problems.map((problem) => nameFlag(problem, flags)));
  }
}

/** The value of a flag and how the user wrote the flag. */
export interface FlagValue {
  readonly flag: string;
  readonly value: string;
}

function nameFlag(problem: SettingProblem, flags: Readonly<Record<string, FlagValue>>) {
  const given = flags[problem.env];
  return given === undefined ? problem : { ...problem, env: given.flag };
}

/** What a child needs to find programs and speak the user's language; never a credential. */
const INHERITED = [
  ...['PATH', 'HOME', 'LOGNAME', 'USER', 'SHELL', 'TERM', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'],
  ...['NODE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS', 'REDIS_URL'],
];

/**
 * The part of this environment that every app gets: the list above and the operator's own
 * `MCPLOG_…` settings, the launcher's own excepted.
 */
export function inheritedEnv(): Record<string, string> {
  const own = new Set<string>(Object.values(SETTINGS).map(({ env }) => env));
  const passed = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined &&
      (INHERITED.includes(name) || (name.startsWith('MCPLOG_') && !own.has(name))),
  );
  return Object.fromEntries(passed) as Record<string, string>;
}
