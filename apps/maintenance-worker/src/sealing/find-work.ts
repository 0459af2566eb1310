import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type ListedSegment,
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

/** Told of a directory that cannot be listed; what is in others is found all the same. */
export type ListProblem = (directory: string, error: Error) => void;

/**
 * What lies rotated and not sealed, or sealed without its index, oldest first in each log.
 * @throws errors of listing the directories of users
 */
export async function* findWork(
  root: string,
  scope: LogScope = {},
  onUnlisted: ListProblem = () => undefined,
): AsyncGenerator<Work> {
  let listed = 0;
  for (const found of listLogDirectories(nodeDisk, root)) {
    if (!isInScope(found, scope)) continue;
    yield* workIn(found, onUnlisted);
    if (++listed % DIRECTORIES_AT_ONCE === 0) await nextTurn();
  }
}

/** None of a directory that cannot be listed. */
export function segmentsIn({ directory }: LogDirectory, onUnlisted: ListProblem): ListedSegment[] {
  try {
    return listSegments(nodeDisk, directory);
  } catch (error) {
    onUnlisted(directory, error as Error);
    return [];
  }
}

function* workIn(found: LogDirectory, onUnlisted: ListProblem): Generator<Work> {
  const { owner, directory, steps } = found;
  for (const { name, hasPlain, hasSealed, hasIndex } of segmentsIn(found, onUnlisted)) {
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
