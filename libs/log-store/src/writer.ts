/** The door of whoever appends: log-writer and maintenance-worker only. */

export type { Disk, FileStat } from './disk/disk.ts';
export { type OpenedFile, openToRead, readBytes } from './disk/disk-io.ts';
export { nodeDisk } from './disk/node-disk.ts';
export {
  directoriesExist,
  type InstanceIds,
  instanceDir,
  type LogTarget,
  PARKED,
  systemDir,
} from './disk/path.ts';
export {
  DiskError,
  DiskFullError,
  ForeignWriteError,
  MovedAwayError,
  OutOfOrderError,
  TargetBlockedError,
  UnsafePathError,
} from './errors.ts';
export type { AppendedRange } from './write/active-file.ts';
export type { Head } from './write/file-heads.ts';
export type { Finding } from './write/finding.ts';
export { openLogWriter } from './write/log-writer.ts';
export { type QuarantinePlace, quarantineFile } from './write/quarantine.ts';
export type {
  ActiveLook,
  CommitFailure,
  LogWriter,
  LogWriterOptions,
  RotatedFile,
} from './write/writer-types.ts';
