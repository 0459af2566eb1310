import type { Call } from './call.ts';
import type { Clock } from './clock.ts';
import { inferLevel } from './infer-level.ts';
import type { LineMoment } from './record-grouper.ts';
import { exceptionIn } from './silent-failure.ts';

/**
 * How long a call that seems to have gone well waits for an exception: a server may print it behind
 * its answer, and its two pipes are read one after the other. Only entries wait, never the protocol.
 */
export const LATE_STDERR_MS = 20;
/** Exceptions of calls that are remembered; past it the oldest is forgotten. */
const EXCEPTIONS_MAX = 1000;
const LATE_MS_MAX = 50;
/** What a server prints during these says how it starts or lives, not how a call went. */
const METHODS_WITHOUT_WORK = new Set(['initialize', 'ping', 'subscriptions/listen']);

interface Waiting {
  readonly callId: string;
  readonly steadyMs: number;
}

export interface CallVerdictOptions {
  readonly clock: Clock;
  /** At most 50; zero: no call waits. */
  readonly lateMs: number;
  /** Told right before a call's wait is over: what is held of stderr may still tell of it. */
  readonly onDue: () => void;
  /** Told when a call waits no longer. */
  readonly onDecided: () => void;
}

/** True for a call of a client that makes its server do something. */
export function asksForWork({ direction, method }: Call): boolean {
  return direction === 'client' && !METHODS_WITHOUT_WORK.has(method);
}

/** Knows which exceptions were printed during which call, and which calls may still get one. */
export class CallVerdicts {
  readonly #options: CallVerdictOptions;
  readonly #lateMs: number;
  readonly #exceptions = new Map<string, string>();
  /** Oldest first. */
  #waiting: Waiting[] = [];
  #last: Waiting | undefined;
  /** What was printed on stderr last. */
  #before: { readonly moment: LineMoment; readonly message: string } | undefined;
  #timer: (() => void) | undefined;

  constructor(options: CallVerdictOptions) {
    this.#options = options;
    this.#lateMs = Math.min(options.lateMs, LATE_MS_MAX);
  }

  /** The moment of the oldest call that waits, or Infinity. */
  get waitingSinceMs(): number {
    return this.#waiting[0]?.steadyMs ?? Infinity;
  }

  /** A call of a client ended, and no other is in flight; `mayWait` when its verdict is open. */
  ended(callId: string, steadyMs: number, mayWait: boolean): void {
    this.#last = { callId, steadyMs };
    if (!mayWait || this.#lateMs === 0 || this.#exceptions.has(callId)) return;
    this.#waiting.push(this.#last);
    this.#arm();
  }

  /** The call that ended last, when it is so new that what is printed now may be about it. */
  lateCall(steadyMs: number): string | undefined {
    const last = this.#last;
    if (last === undefined || this.#lateMs === 0) return undefined;
    return steadyMs - last.steadyMs <= this.#lateMs ? last.callId : undefined;
  }

  /**
   * A masked record of stderr: a success during which its server printed an exception is none to
   * rely on. Tells the call that the exception came behind, when it did.
   */
  printed(moment: LineMoment, message: string): string | undefined {
    const before = this.#before;
    const owner = moment.call ?? moment.lateCall;
    if (owner === undefined || owner === 'ambiguous') return undefined;
    this.#before = { moment, message };
    if (moment.call !== undefined && this.knows(owner)) return undefined;
    const words = exceptionIn(message);
    if (words === undefined) return undefined;
    // A logger may print a stack below its warning: that program does not take it for an error.
    if (before?.moment === moment && isStatedHarmless(before.message)) return undefined;
    this.#note(owner, `exception on stderr: ${words}`);
    return moment.lateCall;
  }

  knows(callId: string): boolean {
    return this.#exceptions.has(callId);
  }

  exceptionOf(callId: string): string | undefined {
    return this.#exceptions.get(callId);
  }

  forget(callId: string): void {
    this.#exceptions.delete(callId);
  }

  /** Nobody waits any longer. */
  end(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#waiting = [];
  }

  /** The first one counts. */
  #note(callId: string, words: string): void {
    if (this.#exceptions.has(callId)) return;
    if (this.#exceptions.size >= EXCEPTIONS_MAX) {
      const [oldest] = this.#exceptions.keys();
      if (oldest !== undefined) this.#exceptions.delete(oldest);
    }
    this.#exceptions.set(callId, words);
    this.#waiting = this.#waiting.filter((one) => one.callId !== callId);
  }

  #arm(): void {
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#timer !== undefined) return;
    const { clock } = this.#options;
    const leftMs = Math.max(0, oldest.steadyMs + this.#lateMs - clock.steadyMs());
    this.#timer = clock.schedule(() => this.#decide(), Math.ceil(leftMs));
  }

  #decide(): void {
    this.#timer = undefined;
    const { clock, onDue, onDecided } = this.#options;
    const dueMs = clock.steadyMs() - this.#lateMs;
    onDue();
    this.#waiting = this.#waiting.filter(({ steadyMs }) => steadyMs > dueMs);
    onDecided();
    this.#arm();
  }
}

function isStatedHarmless(message: string): boolean {
  const { level, reason } = inferLevel(message, 'stderr');
  return level !== 'error' && reason !== 'default';
}
