import { Type } from 'typebox';
import { LOG_LEVELS } from './logger.ts';
import { defineSettings } from './settings.ts';

/** For `createLogger`. */
export const LOGGER_SETTINGS = defineSettings({
  logLevel: {
    env: 'MCPLOG_LOG_LEVEL',
    schema: Type.Enum([...LOG_LEVELS]),
    default: 'info',
    meaning: "Least severity of this service's own log on stdout.",
  },
});
