import type { LineCounts } from './written-files.ts';

/** What one program did with the lines once. */
export interface IngestRun {
  /** From the first write to the last line in the files. */
  readonly seconds: number;
  /** CPU seconds in that time, by process. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  /** Largest resident size so far, MiB, by process. */
  readonly peakMiB: Readonly<Record<string, number>>;
  readonly counts: LineCounts;
}

/** A program under test; it stays up between its runs. */
export interface Contender {
  readonly name: string;
  /** How many writers the lines come from. */
  readonly instances: number;
  ingest(): Promise<IngestRun>;
  close(): Promise<void>;
}

/** What a contender needs to know. */
export interface IngestPlan {
  /** An empty folder of its own; the caller removes it. */
  readonly dir: string;
  readonly lines: number;
  readonly instances: number;
}

/** A run that takes longer than this has failed. */
export const RUN_MS_MAX = 300_000;
