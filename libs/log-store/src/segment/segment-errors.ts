/** Errors of whoever keeps segments; damage is not among them: it is a value, see check-segment.ts. */

/** None of the files of a segment is there. */
export class SegmentMissingError extends Error {
  readonly code = 'SEGMENT_MISSING';

  constructor(path: string) {
    super(`there is no segment ${path}`);
    this.name = 'SegmentMissingError';
  }
}

/** What was rotated and not sealed has no seal that a deletion could name: it is sealed first. */
export class SegmentUnsealedError extends Error {
  readonly code = 'SEGMENT_UNSEALED';

  constructor(path: string) {
    super(`${path} is not sealed yet; seal it before deleting it`);
    this.name = 'SegmentUnsealedError';
  }
}

/** A plain and a sealed file of one name that are not alike; without a quarantine both stay. */
export class SegmentConflictError extends Error {
  readonly code = 'SEGMENT_CONFLICT';

  constructor(path: string) {
    super(
      `${path} is not what its name promises, and no quarantine was named; nothing was changed`,
    );
    this.name = 'SegmentConflictError';
  }
}

/** What was written does not read back as the plain file; the plain file was kept. */
export class SealMismatchError extends Error {
  readonly code = 'SEAL_MISMATCH';

  constructor(path: string, what: string) {
    super(`${path} was not sealed: ${what}; the plain file stays, sealing can be tried again`);
    this.name = 'SealMismatchError';
  }
}
