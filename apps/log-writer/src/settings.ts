import {
  BUS_SETTINGS,
  defineSettings,
  healthDoorSettings,
  LOGGER_SETTINGS,
  pathSetting,
  readSettings,
  type SettingsOf,
} from '@mcplog/service-host';
import { Type } from 'typebox';

/** Every setting of the log-writer; the table in README.md is made from it. */
export const SETTINGS = defineSettings({
  ...BUS_SETTINGS,
  logDir: {
    env: 'MCPLOG_LOG_DIR',
    schema: pathSetting(),
    default: './logs',
    meaning: 'Folder of all log files.',
  },
  dataDir: {
    env: 'MCPLOG_DATA_DIR',
    schema: pathSetting(),
    default: './data',
    meaning: 'Folder of the keys that sign how far log files have come.',
  },
  ...healthDoorSettings(7075),
  commitIntervalMs: {
    env: 'MCPLOG_COMMIT_INTERVAL_MS',
    schema: Type.Integer({ minimum: 1, maximum: 1_000 }),
    default: 100,
    meaning: 'Longest time an appended entry waits for its fdatasync, milliseconds.',
  },
  commitBytes: {
    env: 'MCPLOG_COMMIT_BYTES',
    schema: Type.Integer({ minimum: 4_096, maximum: 268_435_456 }),
    default: 4_194_304,
    meaning: 'Appended bytes after which fdatasync is called at once.',
  },
  openFilesMax: {
    env: 'MCPLOG_OPEN_FILES_MAX',
    schema: Type.Integer({ minimum: 8, maximum: 65_536 }),
    default: 8_192,
    meaning:
      'Log files kept open at a time, and at most a quarter of what the process may open; the least recently written is closed first.',
  },
  rotateBytes: {
    env: 'MCPLOG_ROTATE_BYTES',
    schema: Type.Integer({ minimum: 1_024, maximum: 1_073_741_824 }),
    default: 52_428_800,
    meaning: 'Bytes of a log file at which it is rotated; a little more may get in.',
  },
  rotateAt: {
    env: 'MCPLOG_ROTATE_AT',
    schema: Type.String({ pattern: '^(?!2[4-9])[0-2][0-9]:[0-5][0-9]$' }),
    default: '00:00',
    meaning: 'Time of day, UTC, from which files with lines from before are rotated, HH:MM.',
  },
  ...LOGGER_SETTINGS,
});

export type Settings = SettingsOf<typeof SETTINGS>;

/** @throws SettingsError naming every refused variable */
export function loadSettings(): Settings {
  return readSettings(SETTINGS, process.env);
}
