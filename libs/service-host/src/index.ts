export { type Backoff, type BackoffOptions, backoff, pause } from './backoff.ts';
export { BUS_SETTINGS } from './bus-settings.ts';
export {
  DOOR_SETTINGS,
  healthDoorSettings,
  httpPortSetting,
  RATE_SETTINGS,
} from './door-settings.ts';
export { LOG_READING_SETTINGS } from './log-reading-settings.ts';
export {
  createLogger,
  type EmergencyFile,
  type EmergencyFileOptions,
  LOG_LEVELS,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  openEmergencyFile,
} from './logger.ts';
export { LOGGER_SETTINGS } from './logger-settings.ts';
export {
  createMetrics,
  type HistogramOptions,
  type MetricOptions,
  type Metrics,
} from './metrics.ts';
export {
  type ReadyMessage,
  runService,
  type ServiceLife,
  type ServiceOptions,
} from './run-service.ts';
export {
  defineSettings,
  describeSettings,
  readSettings,
  type Setting,
  type SettingDescription,
  type SettingProblem,
  SettingsError,
  type SettingsOf,
  type SettingsTable,
  settingsTable,
} from './settings.ts';
export { pathSetting } from './settings-schema.ts';
