/** Every error that leaves this library. Doors translate them; none carries a log line. */

/** The disk has no room. Whole lines that fitted are kept, the target refuses until `resume`. */
export class DiskFullError extends Error {
  readonly code = 'DISK_FULL';
  readonly path: string;
  /** The last seq that is in the file. */
  readonly lastSeq: number;

  constructor(path: string, lastSeq: number, cause: unknown) {
    super(`no space left to append to ${path}: free some, then the writer goes on`, { cause });
    this.name = 'DiskFullError';
    this.path = path;
    this.lastSeq = lastSeq;
  }
}

/** The disk refused an operation on a log file for another reason than space. */
export class DiskError extends Error {
  readonly code = 'DISK_ERROR';
  readonly path: string;

  constructor(path: string, doing: string, cause: unknown) {
    super(`cannot ${doing} ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.name = 'DiskError';
    this.path = path;
  }
}

/** After an error a target takes nothing before `resume`: later lines would hide missing ones. */
export class TargetBlockedError extends Error {
  readonly code = 'TARGET_BLOCKED';

  constructor(path: string, cause: unknown) {
    super(`${path} failed earlier and waits for resume`, { cause });
    this.name = 'TargetBlockedError';
  }
}

/** Lines must reach a file in rising order of seq; the caller leaves out what is there already. */
export class OutOfOrderError extends Error {
  readonly code = 'OUT_OF_ORDER';

  constructor(path: string, firstSeq: number, lastSeq: number) {
    super(`seq ${firstSeq} cannot follow ${lastSeq} in ${path}`);
    this.name = 'OutOfOrderError';
  }
}

/** An id that is none, or a path that leads out of the log directory through a link. */
export class UnsafePathError extends Error {
  readonly code = 'UNSAFE_PATH';

  constructor(message: string) {
    super(message);
    this.name = 'UnsafePathError';
  }
}

/** Another process wrote to a file that one writer must own. */
export class ForeignWriteError extends Error {
  readonly code = 'FOREIGN_WRITE';

  constructor(path: string, expectedBytes: number, actualBytes: number) {
    super(`${path} has ${actualBytes} bytes where ${expectedBytes} were written: a second writer?`);
    this.name = 'ForeignWriteError';
  }
}

/** A file that one writer must own was renamed or deleted while it was open. */
export class MovedAwayError extends Error {
  readonly code = 'MOVED_AWAY';

  constructor(path: string) {
    super(`${path} was renamed or deleted by somebody else while it was being written`);
    this.name = 'MovedAwayError';
  }
}

/** A cursor that we did not write. */
export class BadCursorError extends Error {
  readonly code = 'BAD_CURSOR';

  constructor() {
    super('not a cursor: give next_cursor of an earlier answer, unchanged');
    this.name = 'BadCursorError';
  }
}

/** A query ran past its deadline. */
export class QueryTimeoutError extends Error {
  readonly code = 'QUERY_TIMEOUT';

  constructor(deadlineMs: number) {
    super(`the query took longer than ${deadlineMs} ms: narrow its time range or its filter`);
    this.name = 'QueryTimeoutError';
  }
}

/** The files of a log were renamed again and again while they were listed. */
export class FilesMovingError extends Error {
  readonly code = 'FILES_MOVING';

  constructor(directory: string) {
    super(`the files in ${directory} were renamed while they were listed: try again`);
    this.name = 'FilesMovingError';
  }
}

/** The error code of a failed system call, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** True for a link or what is no file, and for a file that the device does not open. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof UnsafePathError || systemCode(error) === 'EIO';
}

const OF_A_FILE = [DiskError, DiskFullError, ForeignWriteError, MovedAwayError];

/** True for what this library itself says is wrong with a file. */
export function isStoreError(error: unknown): error is Error {
  return OF_A_FILE.some((kind) => error instanceof kind);
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
