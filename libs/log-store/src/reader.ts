/** The door of whoever reads. */
export type { Disk, FileStat } from './disk.ts';
export { BadCursorError, FilesMovingError, QueryTimeoutError, UnsafePathError } from './errors.ts';
export { type LogReaderOptions, openLogReader } from './log-reader.ts';
export { type InstanceIds, instanceDir, systemDir } from './path.ts';
export { READ_SIZES, type ReadSizes } from './read-sizes.ts';
export type {
  ContextOptions,
  HistogramOptions,
  LinesFacts,
  LinesOptions,
  LogContext,
  LogHistogram,
  LogReader,
  LogView,
  Order,
  QueryOptions,
  QueryPage,
  ScanLimits,
} from './reader-types.ts';
export { CSV_HEADER, csvRow } from './rows/csv-row.ts';
export { type RowFormat, textRow } from './rows/row-format.ts';
export type { ScanFigures } from './scan-figures.ts';
export {
  createScanPool,
  type ScanPool,
  type ScanPoolFigures,
  type ScanPoolOptions,
  ScanWorkerError,
} from './scan-pool.ts';
