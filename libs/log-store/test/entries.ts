/** Entries for the tests of this library. */
import { encodeEntry, type LogEntry, type LogFile, makeSeq } from '@mcplog/log-entry';
import type { LogTarget } from '../src/writer.ts';

export const IDS = { userId: 'alice', instanceId: 'everything-1' };

export function instanceFile(file: LogFile, ids = IDS): LogTarget {
  return { kind: 'instance', ...ids, file };
}

/** The n-th entry of the first run. */
export function entryOf(n: number, message = `entry ${n}`): LogEntry {
  return {
    timestamp: new Date(Date.UTC(2025, 6, 13) + n).toISOString(),
    level: 'info',
    message,
    metadata: { seq: makeSeq(1, n), type: 'stdout', ...IDS, service: 'everything' },
  };
}

export function encodeLines(entries: readonly LogEntry[]): Buffer {
  return Buffer.from(entries.map((entry) => `${encodeEntry(entry)}\n`).join(''));
}
