import { setTimeout as sleep } from 'node:timers/promises';

export interface BackoffOptions {
  /** Ceiling of the first wait. */
  readonly minMs: number;
  /** Ceiling of every later wait. */
  readonly maxMs: number;
  readonly factor?: number;
  /** 0 ≤ x < 1, for tests. */
  readonly random?: () => number;
}

export interface Backoff {
  /** How long to wait before the next attempt, milliseconds. */
  nextMs(): number;
  /** After a success: start small again. */
  reset(): void;
}

/**
 * Exponential waits with full jitter: each is drawn evenly from 0 to its ceiling, so that many
 * clients that failed together do not come back together.
 */
export function backoff(options: BackoffOptions): Backoff {
  const { minMs, maxMs, factor = 2, random = Math.random } = options;
  let ceilingMs = minMs;
  return {
    nextMs: () => {
      const waitMs = Math.ceil(random() * ceilingMs);
      ceilingMs = Math.min(maxMs, ceilingMs * factor);
      return waitMs;
    },
    reset: () => {
      ceilingMs = minMs;
    },
  };
}

/** Waits; true when the time went by, false when the signal ended it early. Never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}
