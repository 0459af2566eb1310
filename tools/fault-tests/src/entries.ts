/** Numbered entries, so that what is missing, doubled or invented can be named. */
import { encodeEntry, LEVELS, type LogEntry, makeSeq } from '@mcplog/log-entry';
import type { LogTarget } from '@mcplog/log-store/writer';

const FIRST_DAY_MS = Date.UTC(2025, 6, 13, 22);
const DAY_MS = 24 * 60 * 60 * 1000;

/** Multi-byte letters and escapes, so that a tear may fall inside of them. */
const MESSAGES = [
  'ready',
  'größe: 日本',
  'a "quoted" \\path\\',
  '',
  'x'.repeat(90),
  'Fehler: ſtop',
];

/** What one message of the bus holds for one log file. */
export interface Section {
  readonly target: LogTarget;
  readonly entries: readonly LogEntry[];
}

/** One message of the bus: acknowledged whole or not at all. */
export type Batch = readonly Section[];

/** @param day counts from 0; entries of a later day must have a higher n */
export function entryOf(target: LogTarget, n: number, day = 0): LogEntry {
  const owner =
    target.kind === 'system'
      ? { category: target.category }
      : { instanceId: target.instanceId, userId: target.userId };
  return {
    timestamp: new Date(FIRST_DAY_MS + day * DAY_MS + n * 100).toISOString(),
    level: LEVELS[n % LEVELS.length] ?? 'info',
    message: `${n} ${MESSAGES[n % MESSAGES.length]}`,
    metadata: { seq: makeSeq(1, n), type: 'stdout', ...owner, service: 'everything' },
  };
}

export function encodeLines(entries: readonly LogEntry[]): Buffer {
  return Buffer.from(entries.map((entry) => `${encodeEntry(entry)}\n`).join(''));
}

export function targetKey(target: LogTarget): string {
  if (target.kind === 'system') return `system/${target.category}`;
  return `${target.userId}/${target.instanceId}/${target.file}`;
}
