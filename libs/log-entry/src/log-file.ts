/** The three files of one instance, in the order in which routing tries them last to first. */
export const LOG_FILES = ['app', 'access', 'error'] as const;
export type LogFile = (typeof LOG_FILES)[number];

/** The seven files of the system itself. */
export const SYSTEM_CATEGORIES = [
  'application',
  'pm2',
  'security',
  'performance',
  'audit',
  'database',
  'cache',
] as const;
export type SystemCategory = (typeof SYSTEM_CATEGORIES)[number];
