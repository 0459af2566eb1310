/** Errors of whoever keeps segments; damage is not among them: it is a value, see check-segment.ts. */

/** None of the files of a segment is there. */
export class SegmentMissingError extends Error {
  readonly code = 'SEGMENT_MISSING';

  constructor(path: string) {
    super(`there is no segment ${path}`);
    this.name = 'SegmentMissingError';
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
