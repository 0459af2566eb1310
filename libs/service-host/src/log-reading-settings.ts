import { Type } from 'typebox';
import { defineSettings } from './settings.ts';
import { pathSetting } from './settings-schema.ts';

/** For services that read log files and write none. */
export const LOG_READING_SETTINGS = defineSettings({
  logDir: {
    env: 'MCPLOG_LOG_DIR',
    schema: pathSetting(),
    default: './logs',
    meaning: 'Folder of all log files; only read.',
  },
  queryTimeoutMs: {
    env: 'MCPLOG_QUERY_TIMEOUT_MS',
    schema: Type.Integer({ minimum: 100, maximum: 600_000 }),
    default: 15_000,
    meaning: 'Longest time one search may take, milliseconds.',
  },
});
