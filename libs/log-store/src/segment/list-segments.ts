/** Finds rotated and sealed files below the log directory. */
import { join } from 'node:path';
import { isId, LOG_FILES, SYSTEM_CATEGORIES } from '@mcplog/log-entry';
import type { Disk } from '../disk/disk.ts';
import { systemCode } from '../errors.ts';
import {
  compareSegmentNames,
  INDEX_DIRECTORY,
  parseSegmentFile,
  plainFileOf,
  type SegmentFileKind,
  type SegmentName,
} from './segment-name.ts';

/** A segment and which of its files are there. */
export interface ListedSegment {
  readonly name: SegmentName;
  /** Rotated, not sealed yet or not finished with: readers take this one when it is there. */
  readonly hasPlain: boolean;
  readonly hasSealed: boolean;
  readonly hasIndex: boolean;
}

/**
 * The segments of a directory in order of their names.
 * @param log without `.log`; absent: of all logs of the directory, log by log.
 */
export function listSegments(disk: Disk, directory: string, log?: string): ListedSegment[] {
  // The index directory first: what is sealed in between then shows as a segment without an index,
  // never as an index without its segment.
  const files = [...namesIn(disk, join(directory, INDEX_DIRECTORY)), ...namesIn(disk, directory)];
  const segments = segmentsAmong(files);
  return log === undefined ? segments : segments.filter(({ name }) => name.log === log);
}

/** The segments that these files belong to, log by log in order of their names. */
export function segmentsAmong(files: readonly string[]): ListedSegment[] {
  const segments = new Map<string, { name: SegmentName; kinds: Set<SegmentFileKind> }>();
  for (const file of files) {
    const parsed = parseSegmentFile(file);
    if (parsed === undefined) continue;
    const key = plainFileOf(parsed.name);
    const known = segments.get(key) ?? { name: parsed.name, kinds: new Set() };
    known.kinds.add(parsed.kind);
    segments.set(key, known);
  }
  return [...segments.values()]
    .map(({ name, kinds }) => ({
      name,
      hasPlain: kinds.has('plain'),
      hasSealed: kinds.has('sealed'),
      hasIndex: kinds.has('index'),
    }))
    .sort((left, right) => compareListed(left.name, right.name));
}

function compareListed(left: SegmentName, right: SegmentName): number {
  if (left.log !== right.log) return left.log < right.log ? -1 : 1;
  return compareSegmentNames(left, right);
}

/** Whose logs lie in a directory. */
export type LogOwner =
  | { readonly kind: 'instance'; readonly userId: string; readonly instanceId: string }
  | { readonly kind: 'system' };

export interface LogDirectory {
  readonly owner: LogOwner;
  readonly directory: string;
  /** The same as steps below the log directory. */
  readonly steps: readonly string[];
  /** The logs that may lie in it, without `.log`. */
  readonly logs: readonly string[];
}

/** Every directory below the root that holds logs: the system's and each instance's. */
export function listLogDirectories(disk: Disk, root: string): LogDirectory[] {
  const found: LogDirectory[] = [];
  if (isDirectory(disk, join(root, 'system'))) {
    const steps = ['system'];
    const directory = join(root, ...steps);
    found.push({ owner: { kind: 'system' }, directory, steps, logs: SYSTEM_CATEGORIES });
  }
  for (const userId of idsIn(disk, join(root, 'users'), 'user_')) {
    for (const instanceId of idsIn(disk, join(root, 'users', `user_${userId}`), 'mcp_')) {
      const steps = ['users', `user_${userId}`, `mcp_${instanceId}`];
      const owner = { kind: 'instance', userId, instanceId } as const;
      found.push({ owner, directory: join(root, ...steps), steps, logs: LOG_FILES });
    }
  }
  return found;
}

/** Links are left out: they might lead to another user's logs. */
function idsIn(disk: Disk, directory: string, prefix: string): string[] {
  return namesIn(disk, directory)
    .filter((name) => name.startsWith(prefix) && isDirectory(disk, join(directory, name)))
    .map((name) => name.slice(prefix.length))
    .filter(isId)
    .sort();
}

function isDirectory(disk: Disk, path: string): boolean {
  return disk.lstat(path)?.kind === 'directory';
}

function namesIn(disk: Disk, directory: string): string[] {
  try {
    return disk.readdir(directory);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw error;
  }
}
