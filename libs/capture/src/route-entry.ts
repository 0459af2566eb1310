import type { EntryType, Level, LogFile } from '@mcplog/log-entry';
import { parseAccessLine } from './access-line.ts';
import { isTrace } from './trace-shape.ts';

/** What routing looks at. */
export interface RoutedEntry {
  readonly type: EntryType;
  readonly level: Level;
  readonly message: string;
  /** Where stderr goes: always error.log (the seed's rule), or by its level. */
  readonly stderrRouting: 'error-log' | 'by-level';
}

/**
 * The file of an entry; the first rule that fits wins:
 * 1. a call (type http) or an HTTP access line on any stream → access
 * 2. level error → error
 * 3. with `error-log`: stderr, and exceptions whatever level they carry → error
 * 4. the rest → app
 */
export function routeEntry(entry: RoutedEntry): LogFile {
  const { type, level, message, stderrRouting } = entry;
  if (type === 'http') return 'access';
  if (type !== 'system' && parseAccessLine(message) !== undefined) return 'access';
  if (level === 'error') return 'error';
  if (stderrRouting === 'by-level' || type === 'system') return 'app';
  return type === 'stderr' || isTrace(message) ? 'error' : 'app';
}
