import {
  BUS_SETTINGS,
  DOOR_SETTINGS,
  defineSettings,
  httpPortSetting,
  LOG_READING_SETTINGS,
  LOGGER_SETTINGS,
  pathSetting,
  RATE_SETTINGS,
  readSettings,
  type SettingsOf,
} from '@mcplog/service-host';
import { Type } from 'typebox';

/** Every setting of the query-api; the table in README.md is made from it. */
export const SETTINGS = defineSettings({
  ...BUS_SETTINGS,
  ...LOG_READING_SETTINGS,
  masterKeyFile: {
    env: 'MCPLOG_MASTER_KEY_FILE',
    schema: pathSetting(),
    default: './data/master.key',
    meaning: 'Key that seals the secrets of instances; made when missing.',
    secret: false,
  },
  httpPort: httpPortSetting(7072),
  ...DOOR_SETTINGS,
  exportTimeoutMs: {
    env: 'MCPLOG_EXPORT_TIMEOUT_MS',
    schema: Type.Integer({ minimum: 1_000, maximum: 86_400_000 }),
    default: 3_600_000,
    meaning: 'Longest time one export may take, milliseconds.',
  },
  exportsPerUserMax: {
    env: 'MCPLOG_EXPORTS_PER_USER_MAX',
    schema: Type.Integer({ minimum: 1, maximum: 100 }),
    default: 3,
    meaning: 'Exports one user may run at the same time.',
  },
  callsSampleMax: {
    env: 'MCPLOG_CALLS_SAMPLE_MAX',
    schema: Type.Integer({ minimum: 10, maximum: 1_000_000 }),
    default: 20_000,
    meaning: 'Newest calls of a window that percentiles per tool are computed from.',
  },
  searchThreads: {
    env: 'MCPLOG_SEARCH_THREADS',
    schema: Type.Integer({ minimum: 0, maximum: 64 }),
    default: 2,
    meaning: 'Threads that read and search blocks; 0 does it all on the thread of the service.',
  },
  searchesPerUserMax: {
    env: 'MCPLOG_SEARCHES_PER_USER_MAX',
    schema: Type.Integer({ minimum: 1, maximum: 1_000 }),
    default: 8,
    meaning: 'Searches one user may have running at the same time.',
  },
  searchesMax: {
    env: 'MCPLOG_SEARCHES_MAX',
    schema: Type.Integer({ minimum: 1, maximum: 10_000 }),
    default: 64,
    meaning: 'Searches of all users that may run at the same time.',
  },
  instancesPerUserMax: {
    env: 'MCPLOG_INSTANCES_PER_USER_MAX',
    schema: Type.Integer({ minimum: 1, maximum: 100_000 }),
    default: 200,
    meaning: 'Instances one user may have.',
  },
  ...RATE_SETTINGS,
  ...LOGGER_SETTINGS,
});

export type Settings = SettingsOf<typeof SETTINGS>;

/** @throws SettingsError naming every refused variable */
export function loadSettings(): Settings {
  return readSettings(SETTINGS, process.env);
}
