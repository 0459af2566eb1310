import {
  DiskError,
  DiskFullError,
  ForeignWriteError,
  MovedAwayError,
  TargetBlockedError,
  UnsafePathError,
} from '@mcplog/log-store/writer';

/** What a path alone can have; others, such as a full or read-only disk, all files have. */
const CODES = ['EACCES', 'EISDIR', 'EIO', 'ELOOP', 'ENOTDIR', 'EPERM', 'EUCLEAN', 'ESTALE'];

/** True when an error speaks of one file only: then other files may well be written. */
export function isOfOneTarget(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof DiskFullError) return false;
  if (error instanceof TargetBlockedError || error instanceof DiskError) {
    return isOfOneTarget(error.cause);
  }
  const isOurs = [ForeignWriteError, MovedAwayError, UnsafePathError].some(
    (kind) => error instanceof kind,
  );
  return isOurs || CODES.includes((error as NodeJS.ErrnoException).code ?? '');
}
