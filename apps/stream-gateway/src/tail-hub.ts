import { type LogEntry, parseEntry } from '@mcplog/log-entry';
import { decodeTailMessage, type TailHeader } from '@mcplog/protocol';

/** One entry of a tail message: its text for sending, its parsed form for filters. */
export interface LiveLine {
  readonly text: string;
  readonly entry: LogEntry;
}

/** What was appended to one source, decoded once however many listen. */
export interface LiveBatch {
  readonly header: TailHeader;
  readonly lines: readonly LiveLine[];
}

export type LiveListener = (batch: LiveBatch) => void;

/** The part of the bus the hub needs. */
export interface TailBus {
  subscribe(subject: string, hear: (subject: string, payload: Buffer) => void): () => void;
}

interface Channel {
  readonly listeners: Set<LiveListener>;
  readonly stop: () => void;
}

/** One bus subscription per subject, however many sockets follow it. */
export class TailHub {
  readonly #bus: TailBus;
  readonly #channels = new Map<string, Channel>();

  constructor(bus: TailBus) {
    this.#bus = bus;
  }

  get subjects(): number {
    return this.#channels.size;
  }

  /** Hears a subject from now on; returns how to stop. */
  listen(subject: string, listener: LiveListener): () => void {
    const channel = this.#channels.get(subject) ?? this.#open(subject);
    channel.listeners.add(listener);
    return () => {
      channel.listeners.delete(listener);
      if (channel.listeners.size > 0 || this.#channels.get(subject) !== channel) return;
      this.#channels.delete(subject);
      channel.stop();
    };
  }

  #open(subject: string): Channel {
    const listeners = new Set<LiveListener>();
    const stop = this.#bus.subscribe(subject, (_subject, payload) => {
      const batch = decode(payload);
      if (batch !== undefined) for (const listener of listeners) listener(batch);
    });
    const channel = { listeners, stop };
    this.#channels.set(subject, channel);
    return channel;
  }
}

/** A message that cannot be read is left out: its entries are read from the files instead. */
function decode(payload: Buffer): LiveBatch | undefined {
  try {
    const { header, lines } = decodeTailMessage(payload);
    const parsed = lines.map((text) => ({ text, entry: parseEntry(text) }));
    return { header, lines: parsed.filter((line): line is LiveLine => line.entry !== undefined) };
  } catch {
    return undefined;
  }
}
