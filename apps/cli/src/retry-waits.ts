export interface RetryWaits {
  /** How long to wait before the next attempt, milliseconds. */
  nextMs(): number;
  /** After a success: start small again. */
  reset(): void;
}

/**
 * Exponential waits with jitter: each lies between half its ceiling and its ceiling, so that a
 * single failure never leads to a second attempt at once. (@mcplog/service-host has the services'
 * own; loading it would double the start of a command.)
 */
export function retryWaits(options: {
  readonly minMs: number;
  readonly maxMs: number;
  /** 0 ≤ x < 1, for tests. */
  readonly random?: () => number;
}): RetryWaits {
  const { minMs, maxMs, random = Math.random } = options;
  let ceilingMs = minMs;
  return {
    nextMs: () => {
      const waitMs = Math.ceil(ceilingMs * (0.5 + random() / 2));
      ceilingMs = Math.min(maxMs, ceilingMs * 2);
      return waitMs;
    },
    reset: () => {
      ceilingMs = minMs;
    },
  };
}
