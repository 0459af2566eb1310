import {
  BUS_SETTINGS,
  DOOR_SETTINGS,
  defineSettings,
  httpPortSetting,
  LOG_READING_SETTINGS,
  LOGGER_SETTINGS,
  RATE_SETTINGS,
  readSettings,
  type SettingsOf,
} from '@mcplog/service-host';
import { Type } from 'typebox';

/** Every setting of the stream-gateway; the table in README.md is made from it. */
export const SETTINGS = defineSettings({
  ...BUS_SETTINGS,
  logDir: LOG_READING_SETTINGS.logDir,
  httpPort: httpPortSetting(7073),
  ...DOOR_SETTINGS,
  tailsPerUserMax: {
    env: 'MCPLOG_TAILS_PER_USER_MAX',
    schema: Type.Integer({ minimum: 1, maximum: 10_000 }),
    default: 50,
    meaning: 'Live tails one user may have open at the same time.',
  },
  tailsMax: {
    env: 'MCPLOG_TAILS_MAX',
    schema: Type.Integer({ minimum: 1, maximum: 100_000 }),
    default: 6_000,
    meaning: 'Live tails this gateway serves at the same time.',
  },
  ...RATE_SETTINGS,
  ...LOGGER_SETTINGS,
});

export type Settings = SettingsOf<typeof SETTINGS>;

/** @throws SettingsError naming every refused variable */
export function loadSettings(): Settings {
  return readSettings(SETTINGS, process.env);
}
