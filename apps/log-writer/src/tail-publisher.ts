import type { Bus } from '@mcplog/message-bus';
import { encodeTailMessage } from '@mcplog/protocol';

/** Below the broker's 1 MiB limit, with room for the header line. */
const MESSAGE_BYTES_MAX = 768 * 1024;

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

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  publish(subject: string, { lines, count, lastSeq, before }: TailLines): void {
    // Too much for one message: an empty one makes listeners read the files.
    const body = lines.length > MESSAGE_BYTES_MAX ? Buffer.alloc(0) : lines;
    const header = { previousSeq: before, lastSeq, count: body.length === 0 ? 0 : count };
    this.#bus.publish(subject, encodeTailMessage(header, body));
  }
}
