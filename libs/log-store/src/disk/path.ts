/** Where everything lies below the log directory; the only maker of paths. */
import { join } from 'node:path';
import {
  isId,
  LOG_FILES,
  type LogFile,
  SYSTEM_CATEGORIES,
  type SystemCategory,
} from '@mcplog/log-entry';
import { systemCode, UnsafePathError } from '../errors.ts';
import type { Disk } from './disk.ts';

export const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;
export const QUARANTINE = 'quarantine';
/** Below the log directory: logs whose own files cannot be written, in the same layout as there. */
export const PARKED = 'parked';

export interface InstanceIds {
  readonly userId: string;
  readonly instanceId: string;
}

/** One log file that is written to. */
export type LogTarget =
  | {
      readonly kind: 'instance';
      readonly userId: string;
      readonly instanceId: string;
      readonly file: LogFile;
    }
  | { readonly kind: 'system'; readonly category: SystemCategory };

/** `users/user_{userId}/mcp_{instanceId}` below the root. @throws UnsafePathError for a bad id. */
export function instanceDir(root: string, { userId, instanceId }: InstanceIds): string {
  return join(root, ...instanceSteps({ userId, instanceId }));
}

export function systemDir(root: string): string {
  return join(root, 'system');
}

/** The directory of a target as steps below the root. */
export function stepsOf(target: LogTarget): string[] {
  return target.kind === 'system' ? ['system'] : instanceSteps(target);
}

/** The name of the target's log, which all its files begin with: `app`. */
export function logOf(target: LogTarget): string {
  const known: readonly string[] = target.kind === 'system' ? SYSTEM_CATEGORIES : LOG_FILES;
  const name = target.kind === 'system' ? target.category : target.file;
  if (!known.includes(name)) throw new UnsafePathError(`no log file is called ${quote(name)}`);
  return name;
}

/** The name of its active file: `app.log`. */
export function nameOf(target: LogTarget): string {
  return `${logOf(target)}.log`;
}

/** The target's file relative to the root: its name in reports and in the quarantine. */
export function relativePathOf(target: LogTarget): string {
  return join(...stepsOf(target), nameOf(target));
}

export function instanceSteps({ userId, instanceId }: InstanceIds): string[] {
  for (const id of [userId, instanceId]) {
    if (!isId(id)) throw new UnsafePathError(`${quote(id)} is no id`);
  }
  return ['users', `user_${userId}`, `mcp_${instanceId}`];
}

/**
 * Makes the directories that are missing, each below the last.
 * @returns the directories that got a new member and so need an fsync.
 * @throws UnsafePathError when a step is a link or a file.
 */
export function makeDirectories(disk: Disk, root: string, steps: readonly string[]): string[] {
  const changed: string[] = [];
  let at = root;
  for (const step of steps) {
    const parent = at;
    at = join(at, step);
    if (isDirectory(disk, at)) continue;
    try {
      disk.mkdir(at, DIRECTORY_MODE);
      changed.push(parent);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST' || !isDirectory(disk, at)) throw error;
    }
  }
  return changed;
}

/**
 * True when every step below the root exists and is a directory of its own.
 * @throws UnsafePathError when a step is a link or a file: it might lead to another user's logs.
 */
export function directoriesExist(disk: Disk, root: string, steps: readonly string[]): boolean {
  let at = root;
  for (const step of steps) {
    at = join(at, step);
    if (!isDirectory(disk, at)) return false;
  }
  return true;
}

function isDirectory(disk: Disk, path: string): boolean {
  const found = disk.lstat(path);
  if (found === undefined) return false;
  if (found.kind !== 'directory') throw new UnsafePathError(`${path} is no directory of its own`);
  return true;
}

function quote(text: unknown): string {
  return JSON.stringify(String(text).slice(0, 80));
}
