/** The door of whoever keeps rotated files: seals, checks, repairs. maintenance-worker only. */

export type { Disk, FileStat } from './disk/disk.ts';
export { nodeDisk } from './disk/node-disk.ts';
export { type DeleteLogsOptions, deleteLogs, finishDeletions } from './segment/delete-logs.ts';
export {
  type DeleteSegmentOptions,
  deleteSegment,
  type FileToDelete,
} from './segment/delete-segment.ts';
export {
  type ListedSegment,
  type LogDirectory,
  type LogOwner,
  listLogDirectories,
  listSegments,
} from './segment/list-segments.ts';
export {
  copiesInQuarantine,
  type QuarantineRoom,
  quarantineIfLost,
} from './segment/quarantine-segment.ts';
export {
  type DamagedStretch,
  type RebuildOptions,
  type RebuiltIndex,
  rebuildIndex,
} from './segment/rebuild-index.ts';
export { type Repair, type RepairOptions, repairSegment } from './segment/repair-segment.ts';
export type { SealFacts, SignSeal } from './segment/seal-facts.ts';
export { type SealOptions, sealSegment } from './segment/seal-segment.ts';
export {
  SealMismatchError,
  SegmentConflictError,
  SegmentMissingError,
  SegmentUnsealedError,
} from './segment/segment-errors.ts';
export {
  compareSegmentNames,
  INDEX_DIRECTORY,
  indexFileOf,
  parseSegmentName,
  plainFileOf,
  type SegmentName,
  sealedFileOf,
} from './segment/segment-name.ts';
export { type SegmentPaths, segmentPaths } from './segment/segment-paths.ts';
export type { SealConflict } from './segment/settle-conflict.ts';
