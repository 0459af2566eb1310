/** The door of whoever appends: log-writer and maintenance-worker only. */
export type { Disk, FileStat } from './disk.ts';
export {
  DiskError,
  DiskFullError,
  ForeignWriteError,
  OutOfOrderError,
  TargetBlockedError,
  UnsafePathError,
} from './errors.ts';
export type { Finding } from './finding.ts';
export {
  type AppendedRange,
  type CommitFailure,
  type LogWriter,
  type LogWriterOptions,
  openLogWriter,
} from './log-writer.ts';
export { nodeDisk } from './node-disk.ts';
export { type InstanceIds, instanceDir, type LogTarget, systemDir } from './path.ts';
