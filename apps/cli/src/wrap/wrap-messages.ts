import type { Settings } from '../settings.ts';

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
  readonly isOffline: boolean;
}

export type StreamName = 'stdin' | 'stdout' | 'stderr';

/** To the worker. Moments are milliseconds on clocks that both threads read alike. */
export type FeedMessage =
  | {
      readonly kind: 'chunk';
      readonly stream: StreamName;
      readonly bytes: Uint8Array;
      readonly wallMs: number;
      readonly steadyMs: number;
    }
  | { readonly kind: 'skipped'; readonly bytes: number }
  | { readonly kind: 'end'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'hurry' };

/** From the worker. */
export type WorkerMessage =
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'problem'; readonly words: string }
  | { readonly kind: 'done' };

/** Milliseconds that rise steadily and mean the same in every thread of this process. */
export function steadyNowMs(): number {
  return performance.timeOrigin + performance.now();
}
