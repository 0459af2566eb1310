import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type LogDirectory,
  listLogDirectories,
  listSegments,
  nodeDisk,
} from '@mcplog/log-store/maintenance';
import type { LogScope } from '../proof-port.ts';
import type { SegmentPlace } from '../segment-place.ts';
import type { SealTask } from './thread-messages.ts';

/** Directories listed before others get a turn. */
const DIRECTORIES_AT_ONCE = 50;

export interface Work {
  readonly place: SegmentPlace;
  readonly task: SealTask;
}

/** What lies rotated and not sealed, or sealed without its index, oldest first in each log. */
export async function* findWork(root: string, scope: LogScope = {}): AsyncGenerator<Work> {
  let listed = 0;
  for (const found of listLogDirectories(nodeDisk, root)) {
    if (!isInScope(found, scope)) continue;
    yield* workIn(found);
    if (++listed % DIRECTORIES_AT_ONCE === 0) await nextTurn();
  }
}

function* workIn({ owner, directory, steps }: LogDirectory): Generator<Work> {
  for (const { name, hasPlain, hasSealed, hasIndex } of listSegments(nodeDisk, directory)) {
    const place = { owner, directory, steps, name };
    if (hasPlain) yield { place, task: 'seal' };
    else if (hasSealed && !hasIndex) yield { place, task: 'rebuild' };
  }
}

function isInScope({ owner }: LogDirectory, { user, instance }: LogScope): boolean {
  if (owner.kind === 'system') return user === undefined && instance === undefined;
  return (
    (user === undefined || owner.userId === user) &&
    (instance === undefined || owner.instanceId === instance)
  );
}
