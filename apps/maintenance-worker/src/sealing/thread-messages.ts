/** What the main thread and a sealing thread say to each other. */
import type { SealConflict, SealFacts, SegmentName } from '@mcplog/log-store/maintenance';

/**
 * `seal`: the rotated file, whatever is left to do; `rebuild`: the index of a sealed one; `mend`: its
 * damaged blocks, from copies.
 */
export type SealTask = 'seal' | 'rebuild' | 'mend';

export type ToThread =
  | {
      readonly kind: 'start';
      readonly task: SealTask;
      readonly directory: string;
      /** The directory as steps below the log directory. */
      readonly steps: readonly string[];
      readonly name: SegmentName;
    }
  | { readonly kind: 'signed'; readonly seal: Uint8Array }
  | { readonly kind: 'not-signed'; readonly problem: string }
  | { readonly kind: 'stop' };

export type FromThread =
  | { readonly kind: 'progress'; readonly bytes: number }
  | { readonly kind: 'sign'; readonly facts: SealFacts }
  | { readonly kind: 'ended'; readonly end: TaskEnd };

export type TaskEnd =
  | {
      readonly kind: 'sealed';
      readonly facts: SealFacts;
      readonly damagedBytes: number;
      /** A file of the same name that held something else was moved away. */
      readonly conflict?: SealConflict;
    }
  /** What could be done for damaged blocks, by their numbers. */
  | {
      readonly kind: 'mended';
      readonly repaired: readonly number[];
      readonly missing: readonly number[];
    }
  /** No line of the file is an entry. */
  | { readonly kind: 'unreadable' }
  /** None of the segment's files is there: somebody else is done with it. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly problem: string };
