import { type EntryType, type Level, levelRank } from '@mcplog/log-entry';
import { parseAccessLine } from './access-line.ts';
import { levelOfPrefix } from './level-prefix.ts';
import { levelOfStatus } from './level-words.ts';
import { levelOfObject, parseJsonLine } from './structured-line.ts';
import { isAskedToStop, isTrace } from './trace-shape.ts';

/**
 * Where a level comes from: `field` a key of a JSON or logfmt line · `prefix` a word in the head of
 * the line · `status` the HTTP status of an access line · `trace` the shape of an exception or a
 * stack · `default` nothing was found, so info.
 */
export type LevelReason = 'field' | 'prefix' | 'status' | 'trace' | 'default';

export interface InferredLevel {
  readonly level: Level;
  readonly reason: LevelReason;
}

const DEFAULT: InferredLevel = { level: 'info', reason: 'default' };

/**
 * The severity of a record's text, in the order field, prefix, status, trace, default. The HTTP
 * status of an access line may raise what field or prefix say (loggers write a 500 as info), never
 * lower it. stderr by itself is no error: it is the ordinary log channel of MCP servers.
 */
export function inferLevel(message: string, type: EntryType): InferredLevel {
  if (type === 'system') return DEFAULT;
  const stated = statedLevel(message);
  const access = parseAccessLine(message);
  if (access !== undefined) {
    const level = levelOfStatus(access.status);
    if (stated === undefined || (level !== 'info' && levelRank(level) > levelRank(stated.level))) {
      return { level, reason: 'status' };
    }
  }
  if (stated !== undefined) return stated;
  if (!isTrace(message)) return DEFAULT;
  return { level: isAskedToStop(message) ? 'warn' : 'error', reason: 'trace' };
}

function statedLevel(message: string): InferredLevel | undefined {
  const object = parseJsonLine(message);
  if (object === undefined) return levelOfPrefix(message);
  const level = levelOfObject(object);
  return level === undefined ? undefined : { level, reason: 'field' };
}
