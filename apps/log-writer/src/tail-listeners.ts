import type { Bus } from '@mcplog/message-bus';

/** How long a subject counts as heard without asking again, milliseconds. */
const ASK_AGAIN_MS = 1_000;
/** More are forgotten, which only means that they are asked about again. */
const KNOWN_MAX = 20_000;

interface Known {
  readonly isHeard: boolean;
  readonly askedMs: number;
}

/** The subjects asked about between two pings, and those of them that the broker refused. */
interface Round {
  readonly number: number;
  readonly asked: Set<string>;
  readonly refused: Set<string>;
}

/**
 * Knows which tails somebody listens to, because the lines of the others need not be sent at all.
 *
 * The broker answers a message with a reply subject that nobody hears (NATS "no responders"). Such
 * answers come before that to a later ping; so when the ping is answered, whoever was asked about
 * and not refused has a listener. It may be wrong for one message after a listener came: that one
 * has no lines, and a listener that gets a message without lines reads the files.
 */
export class TailListeners {
  readonly #bus: Bus;
  readonly #inbox: string;
  readonly #stop: () => void;
  readonly #known = new Map<string, Known>();
  #collecting: Round = newRound(0);
  #looking: Round | undefined;

  constructor(bus: Bus) {
    this.#bus = bus;
    this.#inbox = `${bus.newInbox()}.`;
    this.#stop = bus.subscribe(`${this.#inbox}>`, (reply) => this.#hearRefusal(reply));
  }

  /** What is known of a subject, and the reply subject that the next message to it must have. */
  ask(subject: string): { readonly isHeard: boolean; readonly reply: string | undefined } {
    const known = this.#known.get(subject);
    const isHeard = known?.isHeard ?? true;
    const isFresh = known?.isHeard === true && performance.now() - known.askedMs < ASK_AGAIN_MS;
    if (isFresh || !this.#bus.connected) return { isHeard, reply: undefined };
    const { asked, number } = this.#collecting;
    asked.add(subject);
    // Not before the message that asks was sent.
    if (this.#looking === undefined) queueMicrotask(() => this.#look());
    return { isHeard, reply: `${this.#inbox}${number}.${subject}` };
  }

  close(): void {
    this.#stop();
  }

  #hearRefusal(reply: string): void {
    const rest = reply.slice(this.#inbox.length);
    const dot = rest.indexOf('.');
    const number = Number(rest.slice(0, dot));
    const round = number === this.#looking?.number ? this.#looking : this.#collecting;
    if (round.number === number) round.refused.add(rest.slice(dot + 1));
  }

  #look(): void {
    if (this.#looking !== undefined || this.#collecting.asked.size === 0) return;
    const round = this.#collecting;
    this.#looking = round;
    this.#collecting = newRound(round.number + 1);
    this.#bus
      .untilHandled()
      .then(
        () => this.#learn(round),
        () => this.#known.clear(),
      )
      .finally(() => {
        this.#looking = undefined;
        this.#look();
      });
  }

  #learn({ asked, refused }: Round): void {
    if (this.#known.size > KNOWN_MAX) this.#known.clear();
    const askedMs = performance.now();
    for (const subject of asked) {
      this.#known.set(subject, { isHeard: !refused.has(subject), askedMs });
    }
  }
}

function newRound(number: number): Round {
  return { number, asked: new Set(), refused: new Set() };
}
