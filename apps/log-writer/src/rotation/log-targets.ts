/** Which logs lie below the log directory, found without holding anybody up. */
import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isId, LOG_FILES, SYSTEM_CATEGORIES } from '@mcplog/log-entry';
import type { LogTarget } from '@mcplog/log-store/writer';
import { SYSTEM_LEASE, shardLease, shardOf } from '@mcplog/protocol';

/** Nothing named: all logs, the system's included. */
export interface LogScope {
  readonly user?: string;
  readonly instance?: string;
}

/** The lease under which a log is written. */
export function leaseOf(target: LogTarget): string {
  return target.kind === 'system' ? SYSTEM_LEASE : shardLease(shardOf(target.instanceId));
}

/** The logs of a scope that are written under these leases; their files may be missing or empty. */
export async function* listTargets(
  root: string,
  leases: ReadonlySet<string>,
  { user, instance }: LogScope = {},
): AsyncGenerator<LogTarget> {
  if (leases.has(SYSTEM_LEASE) && user === undefined && instance === undefined) {
    for (const category of SYSTEM_CATEGORIES) yield { kind: 'system', category };
  }
  for await (const userId of idsIn(join(root, 'users'), 'user_', user)) {
    const directory = join(root, 'users', `user_${userId}`);
    for await (const instanceId of idsIn(directory, 'mcp_', instance)) {
      if (!leases.has(shardLease(shardOf(instanceId)))) continue;
      for (const file of LOG_FILES) yield { kind: 'instance', userId, instanceId, file };
    }
  }
}

/** The ids that folders are named after; links are none. */
async function* idsIn(directory: string, prefix: string, only?: string): AsyncGenerator<string> {
  for await (const entry of entriesIn(directory)) {
    const id = entry.name.startsWith(prefix) ? entry.name.slice(prefix.length) : '';
    if (entry.isDirectory() && isId(id) && (only === undefined || only === id)) yield id;
  }
}

async function* entriesIn(directory: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
