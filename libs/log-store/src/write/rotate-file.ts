import { dirname, join } from 'node:path';
import { logOf } from '../disk/path.ts';
import { DiskError, MovedAwayError } from '../errors.ts';
import { plainFileOf, type SegmentName } from '../segment/segment-name.ts';
import { type ActiveFile, isAtItsPath, type WriterRoom } from './active-file.ts';
import { firstTimestamp } from './active-look.ts';
import { rotatedSegments } from './newest-seq.ts';
import type { RotatedFile } from './writer-types.ts';

/**
 * Gives a synced active file the name of a rotated one. The caller makes the directory durable.
 * @throws DiskError, MovedAwayError: then nothing has changed.
 */
export function renameToRotated(room: WriterRoom, file: ActiveFile): RotatedFile {
  const { disk } = room;
  const { target, bytes, lastSeq } = file;
  const directory = dirname(file.path);
  try {
    if (!isAtItsPath(disk, file)) throw new MovedAwayError(file.path);
    const taken = rotatedSegments(disk, directory, logOf(target));
    const wanted = { log: logOf(target), day: dayOf(firstTimestamp(disk, file.fd), room.now()) };
    const name = nextSegmentName(taken.at(-1)?.name, wanted);
    const path = join(directory, plainFileOf(name));
    disk.rename(file.path, path);
    return { target, name, path, bytes, lastSeq };
  } catch (error) {
    throw error instanceof MovedAwayError ? error : new DiskError(file.path, 'rotate', error);
  }
}

/** A line stamped in the future must not push all later files of its log behind that day. */
function dayOf(firstMs: number | undefined, nowMs: number): string {
  return new Date(Math.min(firstMs ?? nowMs, nowMs)).toISOString().slice(0, 10);
}

/**
 * The name that follows another: of the day of the file's first line, but never of an earlier day
 * than its predecessor's, so that names sort as seqs do.
 */
export function nextSegmentName(
  newest: Pick<SegmentName, 'day' | 'number'> | undefined,
  { log, day }: { readonly log: string; readonly day: string },
): SegmentName {
  if (newest === undefined || newest.day < day) return { log, day, number: 0 };
  return { log, day: newest.day, number: newest.number + 1 };
}
