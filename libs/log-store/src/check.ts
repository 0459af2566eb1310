/** The door of whoever proves and checks what is sealed; nothing behind it writes. */
export type { Disk, FileStat } from './disk/disk.ts';
export { nodeDisk } from './disk/node-disk.ts';
export type { BlockRow } from './segment/block-table.ts';
export {
  type CheckOptions,
  checkSegment,
  type SegmentCheck,
} from './segment/check-segment.ts';
export {
  type ListedSegment,
  type LogDirectory,
  type LogOwner,
  listLogDirectories,
  listSegments,
} from './segment/list-segments.ts';
export {
  leafHash,
  merklePath,
  merkleRoot,
  type PlaceInTree,
  rootOfPath,
} from './segment/merkle.ts';
export {
  type OpenSegment,
  openSegment,
  type ReadBlock,
  readBlock,
} from './segment/open-segment.ts';
export type { SealFacts } from './segment/seal-facts.ts';
export type { SegmentFinding } from './segment/segment-finding.ts';
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
export { type Stretch, walkMembers } from './segment/walk-members.ts';
