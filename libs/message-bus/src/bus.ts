import { JetStreamApiError, type JetStreamClient, jetstream } from '@nats-io/jetstream';
import {
  connect,
  createInbox,
  type NatsConnection,
  nkeyAuthenticator,
} from '@nats-io/transport-node';
import { BusFullError, BusUnavailableError } from './errors.ts';

const RECONNECT_WAIT_MS = 250;
const PUBLISH_TIMEOUT_MS = 5_000;
/** JetStream's codes for a stream or a server at its limit (nats-server errors.json). */
const FULL_CODES = new Set([10023, 10047, 10077, 10122]);

export interface BusOptions {
  /** One URL or several, comma separated. */
  readonly url: string;
  /** Shown in the broker's connection list; also the name of the inbox. */
  readonly app: string;
  /** The nkey seed of this service; absent only on a broker without accounts (tests). */
  readonly seed?: string | undefined;
  /** Told at every change, and while the first connection is being waited for. */
  readonly onState?: (state: BusState) => void;
}

export type BusState = 'waiting' | 'connected' | 'disconnected' | 'closed';

/** What the broker said about a stored message. */
export interface StoredAt {
  readonly streamSeq: number;
  /** True when a message with the same id was stored before. */
  readonly duplicate: boolean;
}

/** One connection to the broker. */
export class Bus {
  readonly app: string;
  readonly connection: NatsConnection;
  readonly #stream: JetStreamClient;
  readonly #listeners = new Set<(connected: boolean) => void>();
  #connected = true;

  constructor(app: string, connection: NatsConnection) {
    this.app = app;
    this.connection = connection;
    this.#stream = jetstream(connection);
  }

  get connected(): boolean {
    return this.#connected;
  }

  get jetstream(): JetStreamClient {
    return this.#stream;
  }

  /** The broker's version, such as `2.9.10`. */
  get serverVersion(): string {
    return this.connection.info?.version ?? 'unknown';
  }

  /** Told after each loss and each return of the connection; returns how to stop listening. */
  onConnectionChange(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the connection is up, at once if it is. */
  untilConnected(): Promise<void> {
    if (this.#connected) return Promise.resolve();
    return this.#nextChange();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.onConnectionChange(() => {
        stop();
        resolve();
      });
    });
  }

  /**
   * Sends at most once; false when the connection is down and nothing was sent. When nobody hears
   * the subject, the broker says so to `reply`, with an empty message.
   */
  publish(subject: string, payload: Uint8Array | string, reply?: string): boolean {
    if (!this.#connected || this.connection.isClosed()) return false;
    this.connection.publish(subject, payload, reply === undefined ? {} : { reply });
    return true;
  }

  /** A subject that only this service may hear. */
  newInbox(): string {
    return createInbox(inboxPrefixOf(this.app));
  }

  /** Resolves when the broker has handled, and answered, all that was sent before. */
  untilHandled(): Promise<void> {
    return this.connection.flush();
  }

  /**
   * Stores one message in the stream that listens on the subject. After an error the message may
   * or may not be stored: send it again with the same id, the broker keeps one.
   * @throws BusUnavailableError, BusFullError
   */
  async publishDurable(
    subject: string,
    payload: Uint8Array | string,
    messageId: string,
  ): Promise<StoredAt> {
    if (!this.#connected) throw new BusUnavailableError(subject);
    const { promise: lost, reject } = Promise.withResolvers<never>();
    const stop = this.onConnectionChange(() => reject(new Error('connection lost')));
    try {
      const published = this.#stream.publish(subject, payload, {
        msgID: messageId,
        timeout: PUBLISH_TIMEOUT_MS,
      });
      const ack = await Promise.race([published, lost]);
      return { streamSeq: ack.seq, duplicate: ack.duplicate };
    } catch (error) {
      if (error instanceof JetStreamApiError && FULL_CODES.has(error.code)) {
        throw new BusFullError(subject, error);
      }
      throw new BusUnavailableError(subject, error);
    } finally {
      stop();
    }
  }

  /** Hears a subject (wildcards allowed) from now on; returns how to stop. */
  subscribe(subject: string, hear: (subject: string, payload: Buffer) => void): () => void {
    const subscription = this.connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) hear(message.subject, toBuffer(message.data));
      },
    });
    return () => subscription.unsubscribe();
  }

  /**
   * Asks whoever listens and hears each answer until the returned function is called. How many
   * answer, and when, is for caller and answerers to agree on.
   */
  ask(subject: string, payload: Uint8Array | string, hear: (payload: Buffer) => void): () => void {
    const reply = this.newInbox();
    const stop = this.subscribe(reply, (_subject, answer) => hear(answer));
    if (this.#connected) this.connection.publish(subject, payload, { reply });
    return stop;
  }

  /** Hears questions from now on; each may be answered any number of times. */
  answer(
    subject: string,
    hear: (payload: Buffer, answer: (payload: string) => void) => void,
  ): () => void {
    const subscription = this.connection.subscribe(subject, {
      callback: (error, message) => {
        const { reply } = message;
        if (error !== null || reply === undefined || reply === '') return;
        hear(toBuffer(message.data), (payload) => void this.publish(reply, payload));
      },
    });
    return () => subscription.unsubscribe();
  }

  /** Sends what is buffered, then closes. */
  async close(): Promise<void> {
    if (this.connection.isClosed()) return;
    if (this.#connected) await this.connection.drain();
    else await this.connection.close();
  }

  /** For {@link connectBus} only. */
  setConnected(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected);
  }
}

/** Connects, waiting as long as it takes; afterwards it reconnects by itself for ever. */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const { onState = () => {} } = options;
  const waiting = setInterval(() => onState('waiting'), 5_000);
  try {
    const connection = await connect({
      servers: options.url.split(','),
      name: options.app,
      inboxPrefix: inboxPrefixOf(options.app),
      noAsyncTraces: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_WAIT_MS,
      reconnectJitter: RECONNECT_WAIT_MS,
      waitOnFirstConnect: true,
      ignoreAuthErrorAbort: true,
      pingInterval: 10_000,
      maxPingOut: 2,
      ...(options.seed !== undefined && {
        authenticator: nkeyAuthenticator(new TextEncoder().encode(options.seed)),
      }),
    });
    const bus = new Bus(options.app, connection);
    void watchState(bus, onState);
    onState('connected');
    return bus;
  } finally {
    clearInterval(waiting);
  }
}

/** Replies to a service arrive under its own prefix, so that no other service can hear them. */
export function inboxPrefixOf(app: string): string {
  return `_INBOX_${app.replaceAll('-', '_')}`;
}

async function watchState(bus: Bus, onState: (state: BusState) => void): Promise<void> {
  for await (const status of bus.connection.status()) {
    if (status.type === 'disconnect') {
      bus.setConnected(false);
      onState('disconnected');
    } else if (status.type === 'reconnect') {
      bus.setConnected(true);
      onState('connected');
    }
  }
  bus.setConnected(false);
  onState('closed');
}

/** The same bytes as a Buffer, not copied. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
