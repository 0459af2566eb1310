/** What this service asks of whoever proves logs; `src/proof/` provides it. */
import type { SealFacts } from '@mcplog/log-store/maintenance';
import type { SegmentPlace } from './segment-place.ts';

/** Which logs are meant; nothing named: all, the system's included. */
export interface LogScope {
  readonly user?: string;
  readonly instance?: string;
}

export interface VerifyOptions extends LogScope {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Opened when this process has become the one that maintains, closed before it ceases to be. */
export interface Proof {
  /** The seal of a segment, opaque to the store; empty when nothing is signed. */
  signSeal(place: SegmentPlace, facts: SealFacts): Promise<Uint8Array>;
  /**
   * Checks everything in the scope and tells what it found: the result of the job. Findings are no
   * error. @throws the signal's reason
   */
  verify(options: VerifyOptions): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export type OpenProof = () => Promise<Proof>;
