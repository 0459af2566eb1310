import { QueryTimeoutError } from '../errors.ts';
import type { ScanLimits } from './reader-types.ts';

/** Ends a scan that nobody waits for any more. */
export interface ScanGuard {
  /** @throws QueryTimeoutError past the deadline, the signal's reason once aborted. */
  check(): void;
  /** Milliseconds to the deadline, `Infinity` without one. */
  remainingMs(): number;
  readonly signal: AbortSignal | undefined;
}

export function startGuard({ signal, deadlineMs }: ScanLimits): ScanGuard {
  const startedMs = performance.now();
  const remainingMs = () =>
    deadlineMs === undefined
      ? Number.POSITIVE_INFINITY
      : deadlineMs - (performance.now() - startedMs);
  return {
    signal,
    remainingMs,
    check() {
      signal?.throwIfAborted();
      if (deadlineMs !== undefined && remainingMs() < 0) throw new QueryTimeoutError(deadlineMs);
    },
  };
}

/** A guard that also ends when its owner has had enough. */
export function childGuard(guard: ScanGuard): { guard: ScanGuard; stop: () => void } {
  const enough = new AbortController();
  const signals = guard.signal === undefined ? [] : [guard.signal];
  const signal = AbortSignal.any([...signals, enough.signal]);
  return { guard: { ...guard, signal }, stop: () => enough.abort() };
}
