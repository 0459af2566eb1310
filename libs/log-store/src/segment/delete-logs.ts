/**
 * Deleting all logs of one instance: erasure.
 *
 * Its directory is renamed out of everybody's sight in one step, so that at every moment it is there,
 * whole, or gone; then its files are removed. The caller's authorisation is durable before that.
 * What a crash leaves in `deleting/` is nobody's log any more; the next call removes it.
 */
import { dirname, join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import {
  type InstanceIds,
  instanceSteps,
  makeDirectories,
  PARKED,
  QUARANTINE,
} from '../disk/path.ts';
import { confirmNames } from '../write/directories.ts';
import { syncDirectory } from './durable-file.ts';

/** Below the log directory. */
const DELETING = 'deleting';
/** Below which an instance may have files. Parked lines that were left would be brought back. */
const PLACES = [[], [QUARANTINE], [PARKED], [QUARANTINE, PARKED], [PARKED, QUARANTINE]] as const;

export interface DeleteLogsOptions {
  readonly disk: Disk;
  /** The log directory. */
  readonly root: string;
  /** Nothing may write for it any more. */
  readonly ids: InstanceIds;
  /**
   * Records durably that the directory, such as `users/user_u1/mcp_i1`, may be missing as a whole
   * from now on; when it throws, nothing goes.
   */
  readonly authorise: (directory: string) => void | Promise<void>;
}

/**
 * Deletes active, rotated, sealed and set-aside files, and what of them is parked or lies in quarantine. Only one
 * process may seal and delete at a time.
 * @returns false when the instance has no logs
 * @throws UnsafePathError for an id that is none and for links, what `authorise` throws, the
 *   system's errors: the same call goes on
 */
export async function deleteLogs({
  disk,
  root,
  ids,
  authorise,
}: DeleteLogsOptions): Promise<boolean> {
  const steps = instanceSteps(ids);
  await finishDeletions(disk, root);
  const kept = PLACES.map((place) => [...place, ...steps]).filter((path) =>
    isOwnDirectory(disk, root, path),
  );
  if (kept.length === 0) return false;
  await authorise(steps.join('/'));
  const made = makeDirectories(disk, root, [DELETING]);
  for (const directory of made) await confirmNames(disk, directory);
  for (const path of kept) {
    const from = join(root, ...path);
    disk.rename(from, join(root, DELETING, path.join('.')));
    await syncDirectory(disk, join(root, DELETING));
    await syncDirectory(disk, dirname(from));
  }
  await finishDeletions(disk, root);
  return true;
}

/** Removes what an interrupted {@link deleteLogs} had moved away. @throws the system's errors */
export async function finishDeletions(disk: Disk, root: string): Promise<void> {
  if (!isOwnDirectory(disk, root, [DELETING])) return;
  const deleting = join(root, DELETING);
  const left = disk.readdir(deleting);
  for (const name of left) removeTree(disk, join(deleting, name));
  if (left.length > 0) await syncDirectory(disk, deleting);
}

/** Links are removed, not followed. */
function removeTree(disk: Disk, path: string): void {
  if (disk.lstat(path)?.kind !== 'directory') {
    disk.unlink(path);
    return;
  }
  for (const name of disk.readdir(path)) removeTree(disk, join(path, name));
  disk.rmdir(path);
}

/** False as well when a step of the way is a link: what lies behind it is not ours. */
function isOwnDirectory(disk: Disk, root: string, steps: readonly string[]): boolean {
  let at = root;
  for (const step of steps) {
    at = join(at, step);
    if (disk.lstat(at)?.kind !== 'directory') return false;
  }
  return true;
}
