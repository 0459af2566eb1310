import type { LogScope } from '../proof-port.ts';

/** What the work of a job is given. */
export interface JobWork extends LogScope {
  readonly signal: AbortSignal;
  /** Parts done, of how many; may be called often. */
  readonly onProgress: (done: number, total: number) => void;
}

export type JobResult = Record<string, unknown>;

/** Names that a result lists; more are only counted. */
export const NAMES_TOLD_MAX = 20;

/** A job that did what it could and did not do all. The result says what was done. */
export class JobIncompleteError extends Error {
  readonly result: JobResult;

  constructor(message: string, result: JobResult) {
    super(message);
    this.name = 'JobIncompleteError';
    this.result = result;
  }
}
