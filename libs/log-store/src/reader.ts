/** The door of whoever reads. */
export type { Disk, FileStat } from './disk/disk.ts';
export { type InstanceIds, instanceDir, systemDir } from './disk/path.ts';
export { BadCursorError, FilesMovingError, QueryTimeoutError, UnsafePathError } from './errors.ts';
export { type LogReaderOptions, openLogReader } from './read/log-reader.ts';
export { READ_SIZES, type ReadSizes } from './read/read-sizes.ts';
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
} from './read/reader-types.ts';
export { CSV_HEADER, csvRow } from './rows/csv-row.ts';
export { type RowFormat, textRow } from './rows/row-format.ts';
export type { ScanFigures } from './scan/scan-figures.ts';
export {
  createScanPool,
  type ScanPool,
  type ScanPoolFigures,
  type ScanPoolOptions,
  ScanWorkerError,
} from './scan/scan-pool.ts';
