import { dirname, join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { freePath } from '../disk/free-path.ts';
import { makeDirectories, QUARANTINE } from '../disk/path.ts';
import { UnsafePathError } from '../errors.ts';
import { confirmNames } from './directories.ts';
import { timestampName } from './timestamp-name.ts';

export interface QuarantinePlace {
  /** The log directory. */
  readonly root: string;
  /** Of the file's directory, below the root. */
  readonly steps: readonly string[];
  readonly file: string;
  /** Milliseconds since 1970, for the name. */
  readonly nowMs: number;
  /** `stray`: it can be read, but contradicts what is proved. */
  readonly ending?: 'damaged' | 'stray';
}

/**
 * Moves a file that nobody should read out of the readers' way, durably; nothing is deleted.
 * @returns where it lies now. @throws DiskError, UnsafePathError, the system's errors
 */
export async function quarantineFile(disk: Disk, place: QuarantinePlace): Promise<string> {
  const { root, steps, file, nowMs, ending = 'damaged' } = place;
  const path = join(root, ...steps, file);
  if (disk.lstat(path)?.kind !== 'file') throw new UnsafePathError(`${path} is no ordinary file`);
  const into = [QUARANTINE, ...steps];
  const changed = makeDirectories(disk, root, into);
  const movedTo = freePath(disk, join(root, ...into, `${file}.${timestampName(nowMs)}.${ending}`));
  disk.rename(path, movedTo);
  // The new name first: a power cut may leave both, never none.
  for (const directory of [...changed, dirname(movedTo), dirname(path)]) {
    await confirmNames(disk, directory);
  }
  return movedTo;
}
