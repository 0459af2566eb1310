import {
  defineSettings,
  LOGGER_SETTINGS,
  pathSetting,
  readSettings,
  type SettingsOf,
} from '@mcplog/service-host';
import { Type } from 'typebox';

/** Every setting of demo-traffic; the table in README.md is made from it. */
export const SETTINGS = defineSettings({
  url: {
    env: 'MCPLOG_URL',
    schema: Type.String({ minLength: 1 }),
    default: 'http://127.0.0.1:7070',
    meaning: 'The one origin of the mcplog that is visited.',
    secret: false,
  },
  credentialsFile: {
    env: 'MCPLOG_DEMO_CREDENTIALS_FILE',
    schema: pathSetting(),
    default: './data/demo-credentials.json',
    meaning: 'JSON file with username and password of the demo user; written by the launcher.',
    secret: false,
  },
  paceMs: {
    env: 'MCPLOG_DEMO_PACE_MS',
    schema: Type.Integer({ minimum: 10, maximum: 3_600_000 }),
    default: 2_500,
    meaning:
      'Mean pause between two calls to one server, milliseconds; drawn from 0.4 to 1.6 of it.',
  },
  ...LOGGER_SETTINGS,
});

export type Settings = SettingsOf<typeof SETTINGS>;

/** @throws SettingsError naming every refused variable */
export function loadSettings(): Settings {
  return readSettings(SETTINGS, process.env);
}
