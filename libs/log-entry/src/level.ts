/** Severities of a user's entries, mildest first. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** Severities of system logs: the same four and one above them. */
export const SYSTEM_LEVELS = [...LEVELS, 'critical'] as const;
export type SystemLevel = (typeof SYSTEM_LEVELS)[number];

/** Position of a level on the scale, debug = 0; -1 for a word that is no level. */
export function levelRank(level: string): number {
  return SYSTEM_LEVELS.indexOf(level as SystemLevel);
}

/** True when `level` is as severe as `floor` or more. */
export function levelAtLeast(level: string, floor: SystemLevel): boolean {
  return levelRank(level) >= levelRank(floor);
}
