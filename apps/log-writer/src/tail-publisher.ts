import type { Bus } from '@mcplog/message-bus';
import { encodeTailMessage } from '@mcplog/protocol';
import { TailListeners } from './tail-listeners.ts';

/** Below the broker's 1 MiB limit, with room for the header line. */
const MESSAGE_BYTES_MAX = 768 * 1024;
const NOTHING = Buffer.alloc(0);

export interface TailLines {
  /** Encoded entries in seq order, each ended by a newline. */
  readonly lines: Buffer;
  readonly count: number;
  readonly lastSeq: number;
  /** The highest seq in the files before these lines. */
  readonly before: number;
}

/**
 * Tells listeners what has just become readable. Nothing is kept for those who are not there: a
 * listener that misses a message sees it by `previousSeq` and reads the files.
 */
export class TailPublisher {
  readonly #bus: Bus;
  readonly #listeners: TailListeners;

  constructor(bus: Bus) {
    this.#bus = bus;
    this.#listeners = new TailListeners(bus);
  }

  publish(subject: string, { lines, count, lastSeq, before }: TailLines): void {
    const { isHeard, reply } = this.#listeners.ask(subject);
    // Too much for one message, or nobody to read it as far as known: an empty one makes listeners
    // read the files.
    const body = isHeard && lines.length <= MESSAGE_BYTES_MAX ? lines : NOTHING;
    const header = { previousSeq: before, lastSeq, count: body.length === 0 ? 0 : count };
    this.#bus.publish(subject, encodeTailMessage(header, body), reply);
  }

  close(): void {
    this.#listeners.close();
  }
}
