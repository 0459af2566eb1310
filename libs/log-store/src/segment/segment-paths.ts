import { join } from 'node:path';
import {
  INDEX_DIRECTORY,
  indexFileOf,
  plainFileOf,
  type SegmentName,
  sealedFileOf,
} from './segment-name.ts';

/** Where the files of a segment are, or would be. */
export interface SegmentPaths {
  readonly plain: string;
  readonly sealed: string;
  readonly index: string;
  /** Being written; worthless after a crash. */
  readonly sealedPart: string;
  readonly indexPart: string;
}

export function segmentPaths(directory: string, name: SegmentName): SegmentPaths {
  const indexes = join(directory, INDEX_DIRECTORY);
  return {
    plain: join(directory, plainFileOf(name)),
    sealed: join(directory, sealedFileOf(name)),
    index: join(indexes, indexFileOf(name)),
    sealedPart: join(indexes, `${sealedFileOf(name)}.part`),
    indexPart: join(indexes, `${indexFileOf(name)}.part`),
  };
}
