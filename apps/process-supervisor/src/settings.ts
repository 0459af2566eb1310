import {
  BUS_SETTINGS,
  DOOR_SETTINGS,
  defineSettings,
  httpPortSetting,
  LOGGER_SETTINGS,
  pathSetting,
  readSettings,
  type SettingsOf,
} from '@mcplog/service-host';
import { Type } from 'typebox';
import { HEALTH_SETTINGS } from './instances/health-settings.ts';
import { STORM_SETTINGS } from './instances/storm-settings.ts';
import { CHILD_SETTINGS } from './isolation/isolation-settings.ts';

const MIB = 1024 * 1024;

/** Every setting of the process-supervisor; the table in README.md is made from it. */
export const SETTINGS = defineSettings({
  ...BUS_SETTINGS,
  dataDir: {
    env: 'MCPLOG_DATA_DIR',
    schema: pathSetting(),
    default: './data',
    meaning: 'Folder for the spool and the homes of the servers.',
  },
  masterKeyFile: {
    env: 'MCPLOG_MASTER_KEY_FILE',
    schema: Type.Optional(pathSetting()),
    meaning: 'Key that seals the secrets of instances; `<data>/master.key` when not set.',
    secret: false,
  },
  httpHost: DOOR_SETTINGS.httpHost,
  httpPort: httpPortSetting(7071),
  allowedHosts: DOOR_SETTINGS.allowedHosts,
  trustedProxies: DOOR_SETTINGS.trustedProxies,
  redisUrl: DOOR_SETTINGS.redisUrl,
  childPath: {
    env: 'MCPLOG_CHILD_PATH',
    schema: Type.String({ minLength: 1 }),
    default: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    meaning: "Search path of the servers; this service's own Node comes before it.",
    secret: false,
  },
  ...CHILD_SETTINGS,
  ...STORM_SETTINGS,
  ...HEALTH_SETTINGS,
  spoolBytesMax: {
    env: 'MCPLOG_SPOOL_BYTES_MAX',
    schema: Type.Integer({ minimum: MIB, maximum: 2 ** 42 }),
    default: 2048 * MIB,
    meaning: 'Bytes of entries kept on disk while the bus is away; one shard may use a quarter.',
  },
  spoolFsync: {
    env: 'MCPLOG_SPOOL_FSYNC',
    schema: Type.Boolean(),
    default: false,
    meaning:
      'Sync each batch to the disk before it is published; for power cuts with the bus away.',
  },
  requestsPerMinute: {
    env: 'MCPLOG_MCP_REQUESTS_PER_MINUTE',
    schema: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    default: 6_000,
    meaning: 'HTTP requests one user may make in a minute, MCP calls included.',
  },
  ...LOGGER_SETTINGS,
});

export type Settings = SettingsOf<typeof SETTINGS>;

/** @throws SettingsError naming every refused variable */
export function loadSettings(): Settings {
  return readSettings(SETTINGS, process.env);
}
