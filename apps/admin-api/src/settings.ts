import {
  BUS_SETTINGS,
  DOOR_SETTINGS,
  defineSettings,
  httpPortSetting,
  LOG_READING_SETTINGS,
  LOGGER_SETTINGS,
  pathSetting,
  readSettings,
  type SettingsOf,
} from '@mcplog/service-host';
import { Type } from 'typebox';

/** Every setting of the admin-api; the table in README.md is made from it. */
export const SETTINGS = defineSettings({
  ...BUS_SETTINGS,
  natsMonitorUrl: {
    env: 'MCPLOG_NATS_MONITOR_URL',
    schema: Type.Optional(Type.String()),
    meaning: 'Monitoring page of nats-server, which tells whether it syncs before it acknowledges.',
    secret: false,
  },
  ...LOG_READING_SETTINGS,
  httpPort: httpPortSetting(7074),
  ...DOOR_SETTINGS,
  adminPassword: {
    env: 'MCPLOG_ADMIN_PASSWORD',
    schema: Type.Optional(Type.String({ minLength: 8, maxLength: 1024 })),
    meaning: 'Password of the first administrator, `admin`; used only while there are no users.',
    secret: true,
  },
  firstPasswordFile: {
    env: 'MCPLOG_FIRST_PASSWORD_FILE',
    schema: Type.Optional(pathSetting()),
    meaning: 'Where to leave the password of the first administrator when it is made here (0600).',
    secret: false,
  },
  expectedApps: {
    env: 'MCPLOG_EXPECTED_APPS',
    schema: Type.Array(Type.String()),
    default: [
      'admin-api',
      'log-writer',
      'maintenance-worker',
      'process-supervisor',
      'query-api',
      'stream-gateway',
    ],
    meaning: 'Apps of which health expects a life sign, separated by commas.',
  },
  ...LOGGER_SETTINGS,
});

export type Settings = SettingsOf<typeof SETTINGS>;

/** @throws SettingsError naming every refused variable */
export function loadSettings(): Settings {
  return readSettings(SETTINGS, process.env);
}
