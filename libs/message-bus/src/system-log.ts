import { randomUUID } from 'node:crypto';
import type { SystemCategory, SystemLevel } from '@mcplog/log-entry';
import { type SystemRecord, systemSubject } from '@mcplog/protocol';
import type { Bus } from './bus.ts';

/** Entries kept while the bus is away; older ones are dropped first and counted. */
const PENDING_MAX = 10_000;
const RETRY_MS = 500;

/** One thing to say in a system log. */
export interface SystemEvent {
  readonly level: SystemLevel;
  /** A short fixed word, such as `login_failed`. */
  readonly event: string;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface Pending {
  readonly subject: string;
  readonly payload: string;
  readonly messageId: string;
}

/** Sends system entries in order, keeping them while the bus is away. */
export class SystemLog {
  readonly #bus: Bus;
  readonly #process = randomUUID();
  #pending: Pending[] = [];
  #sent = 0;
  #dropped = 0;
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Entries lost because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  get waiting(): number {
    return this.#pending.length;
  }

  write(category: SystemCategory, { level, event, message, metadata }: SystemEvent): void {
    const record: SystemRecord = {
      timestampMs: Date.now(),
      level,
      event,
      message,
      service: this.#bus.app,
      ...(metadata !== undefined && { metadata: { ...metadata } }),
    };
    this.#pending.push({
      subject: systemSubject(category),
      payload: JSON.stringify(record),
      messageId: `${this.#process}:${++this.#sent}`,
    });
    if (this.#pending.length > PENDING_MAX) {
      this.#pending.shift();
      this.#dropped++;
    }
    this.#sending ??= this.#send();
  }

  /** Waits at most `timeoutMs` for what is pending. */
  async close(timeoutMs = 2_000): Promise<void> {
    const timer = setTimeout(() => {
      this.#closed = true;
    }, timeoutMs);
    await this.#sending;
    clearTimeout(timer);
    this.#closed = true;
  }

  async #send(): Promise<void> {
    while (this.#pending.length > 0 && !this.#closed) {
      const next = this.#pending[0] as Pending;
      try {
        await this.#bus.publishDurable(next.subject, next.payload, next.messageId);
        if (this.#pending[0] === next) this.#pending.shift();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.#sending = undefined;
  }
}
