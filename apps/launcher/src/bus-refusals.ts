/** What the bus refused, read off the lines of nats-server and told to the security log. */

/** One entry for all refusals of a kind in this time. */
const TELL_EVERY_MS = 10_000;

/** For the security log. */
export interface BusRefusal {
  readonly event: 'bus_login_refused' | 'bus_subject_refused';
  readonly message: string;
  readonly count: number;
  /** As nats-server told the newest of them. */
  readonly detail: string;
}

export type RefusalListener = (refusal: BusRefusal) => void;

const WORDS: Record<BusRefusal['event'], string> = {
  bus_login_refused: 'the bus refused a connection without valid keys',
  bus_subject_refused: 'the bus refused a message that its sender may not send or hear',
};

/** Which refusal a line of nats-server tells of, if any. */
export function refusalIn(line: string): Pick<BusRefusal, 'event' | 'detail'> | undefined {
  const [, detail = ''] = /\[ERR\] (.*)$/.exec(line) ?? [];
  if (/authentication error/i.test(detail)) return { event: 'bus_login_refused', detail };
  if (/(Publish|Subscription) Violation/.test(detail)) {
    return { event: 'bus_subject_refused', detail };
  }
  return undefined;
}

/** Counts what it is told and tells on at once, and then at most every ten seconds for each kind. */
export class BusRefusals {
  readonly #tell: RefusalListener;
  readonly #waiting = new Map<BusRefusal['event'], { count: number; detail: string }>();
  readonly #timers = new Map<BusRefusal['event'], NodeJS.Timeout>();

  constructor(tell: RefusalListener) {
    this.#tell = tell;
  }

  take(line: string): void {
    const refusal = refusalIn(line);
    if (refusal === undefined) return;
    const { event, detail } = refusal;
    const count = (this.#waiting.get(event)?.count ?? 0) + 1;
    this.#waiting.set(event, { count, detail });
    if (!this.#timers.has(event)) this.#tellNow(event);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const event of [...this.#waiting.keys()]) this.#report(event);
  }

  #tellNow(event: BusRefusal['event']): void {
    this.#timers.delete(event);
    if (!this.#report(event)) return;
    this.#timers.set(event, setTimeout(() => this.#tellNow(event), TELL_EVERY_MS).unref());
  }

  /** @returns false when there was nothing to tell */
  #report(event: BusRefusal['event']): boolean {
    const waiting = this.#waiting.get(event);
    if (waiting === undefined) return false;
    this.#waiting.delete(event);
    const times = waiting.count === 1 ? '' : ` (${waiting.count} times)`;
    this.#tell({ event, message: `${WORDS[event]}${times}`, ...waiting });
    return true;
  }
}
