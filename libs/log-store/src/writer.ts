/** The door of whoever appends: log-writer and maintenance-worker only. */

export type { AppendedRange } from './active-file.ts';
export type { Disk, FileStat } from './disk.ts';
export {
  DiskError,
  DiskFullError,
  ForeignWriteError,
  MovedAwayError,
  OutOfOrderError,
  TargetBlockedError,
  UnsafePathError,
} from './errors.ts';
export type { Head } from './file-heads.ts';
export type { Finding } from './finding.ts';
export { openLogWriter } from './log-writer.ts';
export { nodeDisk } from './node-disk.ts';
export { type InstanceIds, instanceDir, type LogTarget, systemDir } from './path.ts';
export { type QuarantinePlace, quarantineFile } from './quarantine.ts';
export type {
  ActiveLook,
  CommitFailure,
  LogWriter,
  LogWriterOptions,
  RotatedFile,
} from './writer-types.ts';
