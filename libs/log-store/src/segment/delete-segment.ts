/**
 * Deleting one sealed segment.
 *
 * The caller's authorisation is durable before anything goes, so what is missing after a crash is
 * missing with a record; and at every moment the `.gz` is there, whole and readable, or gone:
 *
 *  1. what an interrupted sealing left in `.index/` is removed;
 *  2. `authorise` is called;
 *  3. the `.gz` is removed, its directory synced: from here on it is gone;
 *  4. the index is removed, `.index` synced: an index alone means nothing.
 *
 * Who has the file open reads on. After a crash the same call goes on, and authorises again.
 */
import { dirname } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { syncDirectory, unlinkIfThere } from './durable-file.ts';
import { readIndex } from './read-index.ts';
import { SegmentUnsealedError } from './segment-errors.ts';
import { type SegmentName, sealedFileOf } from './segment-name.ts';
import { segmentPaths } from './segment-paths.ts';

export interface FileToDelete {
  /** Such as `app.log.2025-07-13.gz`. */
  readonly name: string;
  /** What the signer gave at sealing; empty without a sound index. */
  readonly seal: Buffer;
}

export interface DeleteSegmentOptions {
  readonly disk: Disk;
  /** Of the segment's files. */
  readonly directory: string;
  readonly name: SegmentName;
  /** Records durably that the file may be missing from now on; when it throws, nothing goes. */
  readonly authorise: (file: FileToDelete) => void | Promise<void>;
}

/**
 * Only one process may seal and delete in a directory.
 * @returns false when nothing of the segment was there
 * @throws SegmentUnsealedError while the plain file is there, UnsafePathError for a link, what
 *   `authorise` throws, the system's errors
 */
export async function deleteSegment(options: DeleteSegmentOptions): Promise<boolean> {
  const { disk, directory, name, authorise } = options;
  const paths = segmentPaths(directory, name);
  if (disk.lstat(paths.plain) !== undefined) throw new SegmentUnsealedError(paths.plain);
  const hasSealed = disk.lstat(paths.sealed) !== undefined;
  const index = readIndex(disk, paths.index);
  if (!hasSealed && index.kind === 'missing') return false;
  const indexDirectory = dirname(paths.index);
  const hasIndexDirectory = disk.lstat(indexDirectory)?.kind === 'directory';
  if (hasIndexDirectory) {
    unlinkIfThere(disk, paths.sealedPart);
    unlinkIfThere(disk, paths.indexPart);
  }
  const seal = index.kind === 'sound' ? index.seal : Buffer.alloc(0);
  await authorise({ name: sealedFileOf(name), seal });
  unlinkIfThere(disk, paths.sealed);
  await syncDirectory(disk, directory);
  if (!hasIndexDirectory) return true;
  unlinkIfThere(disk, paths.index);
  await syncDirectory(disk, indexDirectory);
  return true;
}
