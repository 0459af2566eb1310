import type { Settings } from '../settings.ts';

/** One moment on both clocks. */
export interface Moment {
  /** Milliseconds since 1970, UTC. */
  readonly wallMs: number;
  /** Milliseconds that rise steadily, the same in every thread of this process. */
  readonly steadyMs: number;
}

/** What the worker is told when it starts. */
export interface WrapJob {
  readonly settings: Settings;
  readonly flags: {
    readonly url?: string | undefined;
    readonly token?: string | undefined;
    readonly data?: string | undefined;
  };
  readonly name: string | undefined;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly pid: number;
  /** When the server was started. */
  readonly started: Moment;
  readonly isOffline: boolean;
}

export type StreamName = 'stdin' | 'stdout' | 'stderr';

/** To the worker. */
export type FeedMessage =
  | {
      readonly kind: 'chunk';
      readonly stream: StreamName;
      readonly bytes: Uint8Array;
      readonly moment: Moment;
    }
  | { readonly kind: 'skipped'; readonly bytes: number }
  | { readonly kind: 'end'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'hurry' };

/** From the worker. */
export type WorkerMessage =
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'problem'; readonly words: string }
  | { readonly kind: 'done' };

/** The clock of a thread starts with the thread; added to its origin all of them agree. */
export function now(): Moment {
  return { wallMs: Date.now(), steadyMs: performance.timeOrigin + performance.now() };
}
