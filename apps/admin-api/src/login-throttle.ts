/** Slows guessing down: after a few failures every further one makes the next wait longer. */

export interface ThrottleOptions {
  /** Failures that cost nothing. */
  readonly freeFailures: number;
  /** Longest wait, milliseconds. */
  readonly waitMsMax: number;
  /** After this long without a failure a key starts anew, milliseconds. */
  readonly forgetMs?: number;
  /** Keys remembered; the one that failed longest ago goes first. */
  readonly keysMax?: number;
  /** Milliseconds on any clock that only moves forward; for tests. */
  readonly now?: () => number;
}

const WAIT_MS_MIN = 1_000;
const FORGET_MS = 15 * 60_000;
const KEYS_MAX = 10_000;

interface Failures {
  count: number;
  lastMs: number;
  blockedUntilMs: number;
}

export class LoginThrottle {
  readonly #options: Required<ThrottleOptions>;
  readonly #failures = new Map<string, Failures>();

  constructor(options: ThrottleOptions) {
    const now = () => performance.now();
    this.#options = { forgetMs: FORGET_MS, keysMax: KEYS_MAX, now, ...options };
  }

  /** How long this key has to wait before its next attempt, milliseconds; 0 for not at all. */
  waitMs(key: string): number {
    const known = this.#failures.get(key);
    return known === undefined ? 0 : Math.max(0, known.blockedUntilMs - this.#options.now());
  }

  /**
   * Counts an attempt as failed. Called before the password is checked, so that many attempts at
   * once cannot slip through while the first is still being checked.
   */
  fail(key: string): void {
    const { freeFailures, waitMsMax, forgetMs, keysMax, now } = this.#options;
    const nowMs = now();
    const known = this.#failures.get(key);
    const count = known === undefined || nowMs - known.lastMs > forgetMs ? 1 : known.count + 1;
    const excess = count - freeFailures;
    const wait = excess < 0 ? 0 : Math.min(waitMsMax, WAIT_MS_MIN * 2 ** Math.min(excess, 30));
    this.#failures.delete(key);
    this.#failures.set(key, { count, lastMs: nowMs, blockedUntilMs: nowMs + wait });
    const oldest = this.#failures.size > keysMax ? this.#failures.keys().next().value : undefined;
    if (oldest !== undefined) this.#failures.delete(oldest);
  }

  /** Takes one counted failure back: the attempt was right after all. */
  forgive(key: string): void {
    const known = this.#failures.get(key);
    if (known === undefined) return;
    known.count -= 1;
    known.blockedUntilMs = 0;
  }

  clear(key: string): void {
    this.#failures.delete(key);
  }
}
