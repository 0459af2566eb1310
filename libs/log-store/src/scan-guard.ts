import { QueryTimeoutError } from './errors.ts';
import type { ScanLimits } from './reader-types.ts';

/** Ends a scan that nobody waits for any more. */
export interface ScanGuard {
  /** @throws QueryTimeoutError past the deadline, the signal's reason once aborted. */
  check(): void;
}

export function startGuard({ signal, deadlineMs }: ScanLimits): ScanGuard {
  const startedMs = performance.now();
  return {
    check() {
      signal?.throwIfAborted();
      if (deadlineMs !== undefined && performance.now() - startedMs > deadlineMs) {
        throw new QueryTimeoutError(deadlineMs);
      }
    },
  };
}
