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

/** Every setting of the maintenance-worker; the table in README.md is made from it. */
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
    meaning: 'Folder of keys, checkpoints and journals of what was signed.',
  },
  ...healthDoorSettings(7076),
  sealThreads: {
    env: 'MCPLOG_SEAL_THREADS',
    schema: Type.Integer({ minimum: 1, maximum: 16 }),
    default: 1,
    meaning: 'Rotated files sealed at a time, each in a thread of low priority.',
  },
  scanSeconds: {
    env: 'MCPLOG_SCAN_SECONDS',
    schema: Type.Integer({ minimum: 1, maximum: 86_400 }),
    default: 60,
    meaning: 'Seconds between two looks for rotated files that nobody told of.',
  },
  checkpointMinutes: {
    env: 'MCPLOG_CHECKPOINT_MINUTES',
    schema: Type.Integer({ minimum: 1, maximum: 1_440 }),
    default: 10,
    meaning: 'Minutes between two checkpoints that are anchored in the audit log.',
  },
  ...LOGGER_SETTINGS,
});

export type Settings = SettingsOf<typeof SETTINGS>;

/** @throws SettingsError naming every refused variable */
export function loadSettings(): Settings {
  return readSettings(SETTINGS, process.env);
}
