import { setTimeout as sleep } from 'node:timers/promises';
import { type RetryWaits, retryWaits } from '../retry-waits.ts';
import type { EntryQueue } from './entry-queue.ts';
import { toIngestBody } from './entry-text.ts';
import { beginRun, sendLines, type Target } from './ingest-client.ts';

/** Of one request. */
const LINES_MAX = 1_000;
const BYTES_MAX = 480 * 1024;

/** The run that was begun on the platform for one queue. */
export interface Session {
  readonly instanceId: string;
  readonly run: number;
  readonly acceptedN: number;
}

/** Everything the courier brings somewhere: the entries of one run of one server. */
export interface Parcel {
  readonly name: string;
  readonly command: readonly string[];
  readonly queue: EntryQueue;
  session: Session | null;
  /** False: what a dead process has left. */
  readonly isLive: boolean;
  /** Called whenever the session has changed. */
  readonly onSession: (session: Session | null) => void;
}

export interface CourierOptions {
  /** Where to, asked anew for each attempt; undefined: nowhere known now. */
  readonly target: () => Target | undefined;
  /** A run was begun there. */
  readonly onBegin: (target: Target) => void;
  /** Told once per kind of trouble until something works again. */
  readonly onProblem: (words: string) => void;
  readonly minMs?: number;
  readonly maxMs?: number;
}

/** What comes after one request. */
type Next = 'again' | 'wait' | 'give-up';

/** Entries that come at once are collected this long, so that each is not a request of its own. */
const COLLECT_MS = 100;

/** Brings entries to the platform, one request at a time, until it is told to stop. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #waits: RetryWaits;
  #problem: string | undefined;
  #wakeIdle: () => void = () => undefined;
  #wakeWaiting: () => void = () => undefined;
  #isHurried = false;
  #linesMax = LINES_MAX;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#waits = retryWaits({ minMs: options.minMs ?? 250, maxMs: options.maxMs ?? 30_000 });
  }

  /** There is something new. */
  nudge(): void {
    this.#wakeIdle();
  }

  /** Nothing new will come: a wait ends now, and the next failure ends the delivery. */
  hurry(): void {
    this.#isHurried = true;
    this.#wakeIdle();
    this.#wakeWaiting();
  }

  /**
   * Sends until the queue is empty and `isComplete`, or the signal.
   * @returns true when everything is accepted
   */
  async deliver(parcel: Parcel, isComplete: () => boolean, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (parcel.queue.isEmpty) {
        if (isComplete()) return true;
        await this.#untilNudged(signal);
        continue;
      }
      const wasHurried = this.#isHurried;
      const next = await this.#step(parcel, signal);
      if (next === 'again') continue;
      if (next === 'give-up' || wasHurried) return false;
      if (!this.#isHurried) await this.#wait(signal);
    }
    return parcel.queue.isEmpty && isComplete();
  }

  async #step(parcel: Parcel, signal: AbortSignal): Promise<Next> {
    const target = this.#options.target();
    if (target === undefined) return this.#failed('no platform is known: entries wait', signal);
    const { session } = parcel;
    if (session === null) return this.#begin(parcel, target, signal);
    const { lines } = parcel.queue.peek({ lines: this.#linesMax, bytes: BYTES_MAX });
    const { instanceId, run, acceptedN } = session;
    const body = toIngestBody(lines, acceptedN + 1);
    const outcome = await sendLines(target, { instanceId, run, body }, signal);
    if (outcome.kind === 'later') return this.#failed(outcome.words, signal);
    if (outcome.kind === 'refused') return this.#halve(parcel, lines, outcome.words);
    if (outcome.kind === 'run-over') {
      // What is left goes to a run of its own, numbered from 1.
      setSession(parcel, null);
      return this.#failed(outcome.words, signal);
    }
    const accepted = lines.slice(0, Math.max(0, outcome.value - acceptedN));
    if (accepted.length === 0) return this.#failed('nothing was accepted', signal);
    this.#settle(parcel, accepted);
    return this.#worked();
  }

  async #begin(parcel: Parcel, target: Target, signal: AbortSignal): Promise<Next> {
    const { name, command } = parcel;
    const outcome = await beginRun(target, { name, command }, signal);
    if (outcome.kind === 'done') {
      const { instance_id: instanceId, run } = outcome.value;
      this.#options.onBegin(target);
      setSession(parcel, { instanceId, run, acceptedN: 0 });
      return 'again';
    }
    const next = this.#failed(outcome.words, signal);
    // A leftover that the platform does not want must not hold up the server that runs now.
    return outcome.kind !== 'later' && !parcel.isLive ? 'give-up' : next;
  }

  /** One line that can never be accepted must not hold up all that follow: it is looked for. */
  #halve(parcel: Parcel, lines: readonly Buffer[], words: string): Next {
    if (lines.length > 1) {
      this.#linesMax = Math.ceil(lines.length / 2);
      return 'again';
    }
    parcel.queue.drop(lines);
    this.#linesMax = LINES_MAX;
    this.#tell(`an entry was refused and dropped: ${words}`);
    return 'again';
  }

  #settle(parcel: Parcel, accepted: readonly Buffer[]): void {
    parcel.queue.drop(accepted);
    const { session } = parcel;
    if (session === null) return;
    setSession(parcel, { ...session, acceptedN: session.acceptedN + accepted.length });
  }

  #worked(): Next {
    this.#waits.reset();
    this.#problem = undefined;
    this.#linesMax = LINES_MAX;
    return 'again';
  }

  #failed(words: string, signal: AbortSignal): Next {
    if (!signal.aborted) this.#tell(words);
    return 'wait';
  }

  #tell(words: string): void {
    if (words === this.#problem) return;
    this.#problem = words;
    this.#options.onProblem(words);
  }

  async #untilNudged(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wakeIdle = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    if (!this.#isHurried) await this.#pause(COLLECT_MS, signal);
  }

  #wait(signal: AbortSignal): Promise<void> {
    return this.#pause(this.#waits.nextMs(), signal);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wakeWaiting = () => woken.abort();
    const either = AbortSignal.any([signal, woken.signal]);
    await sleep(ms, undefined, { signal: either }).catch(() => undefined);
  }
}

function setSession(parcel: Parcel, session: Session | null): void {
  parcel.session = session;
  parcel.onSession(session);
}
