import { hostname } from 'node:os';
import type { ServiceRecord } from '@mcplog/protocol';
import type { Table } from './table.ts';

const EVERY_MS = 5_000;

/** What a service says of itself at each sign. */
export interface SelfReport {
  /** What is wrong right now, in words. */
  readonly problems: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

/**
 * Writes a life sign now and every 5 s until stopped; the health page misses a service whose last
 * sign is old. A sign that cannot be sent is left out: the next one says more.
 */
export function sendLifeSigns(
  table: Table<ServiceRecord>,
  app: string,
  report: () => SelfReport,
): () => void {
  const startedAt = new Date().toISOString();
  const key = `${app}.${hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')}.${process.pid}`;
  const send = () => {
    const { problems, figures } = report();
    const record: ServiceRecord = {
      app,
      host: hostname(),
      pid: process.pid,
      startedAt,
      seenAt: new Date().toISOString(),
      problems: [...problems],
      figures: { ...figures },
    };
    table.put(key, record).catch(() => undefined);
  };
  send();
  const timer = setInterval(send, EVERY_MS);
  return () => {
    clearInterval(timer);
    table.delete(key).catch(() => undefined);
  };
}
