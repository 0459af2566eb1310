import { type Backoff, backoff } from '@mcplog/service-host';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { FRAME, type Frame } from '../pipe-reader/frames.ts';
import { type PipeListener, ReadPipe } from './read-pipe.ts';
import {
  type ConnectionListener,
  type ReaderConnection,
  ReaderRefusal,
} from './reader-connection.ts';
import { connectOrStart } from './start-reader.ts';

const ACKNOWLEDGE_EVERY_MS = 100;
const RESTART = { minMs: 20, maxMs: 5_000 };
/** A FIFO is opened within it, or its child is not started. */
const OPEN_MS = 10_000;

const Figures = Type.Object({ rssBytes: Type.Number(), heldBytes: Type.Number() });

/** A pipe that was opened for us, by this supervisor's reader or by that of one before. */
export interface OpenedPipe {
  readonly pipe: ReadPipe;
  /** The reader had it already, with every byte from the wanted offset on. */
  readonly isWhole: boolean;
}

interface Opening {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The pipes of all children, read by a process of its own that outlives this one. When it dies
 * another one is started, and each pipe is told that something may be missing.
 */
export class PipeReading {
  readonly #dir: string;
  readonly #pipes = new Map<number, ReadPipe>();
  readonly #openings = new Map<number, Opening>();
  readonly #unacknowledged = new Set<ReadPipe>();
  readonly #retry: Backoff = backoff(RESTART);
  readonly #troubles: string[] = [];
  readonly #timer: NodeJS.Timeout;
  #connection: ReaderConnection | undefined;
  #nextNumber = 1;
  #figures: Static<typeof Figures> = { rssBytes: 0, heldBytes: 0 };
  #connections = 0;
  #isClosed = false;
  #problem: string | undefined;
  #onTrouble: ((words: string) => void) | undefined;

  private constructor(dir: string) {
    this.#dir = dir;
    this.#timer = setInterval(() => this.#acknowledgeAll(), ACKNOWLEDGE_EVERY_MS);
  }

  /**
   * Connects to the reader of this folder, or starts one.
   * @throws Error when it works for another supervisor, or cannot be started
   */
  static async open(dir: string): Promise<PipeReading> {
    const reading = new PipeReading(dir);
    try {
      reading.#use(await connectOrStart(dir, reading.#listener));
      return reading;
    } catch (error) {
      clearInterval(reading.#timer);
      throw error;
    }
  }

  /** For life signs and metrics. */
  get figures(): { readerRssBytes: number; readerHeldBytes: number; readerConnections: number } {
    const { rssBytes, heldBytes } = this.#figures;
    return {
      readerRssBytes: rssBytes,
      readerHeldBytes: heldBytes,
      readerConnections: this.#connections,
    };
  }

  /** What is wrong right now, in words. */
  get problems(): string[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  /** Takes what the reader tells of its troubles, also what it told before. */
  onTrouble(listener: (words: string) => void): void {
    this.#onTrouble = listener;
    for (const words of this.#troubles.splice(0)) listener(words);
  }

  /**
   * Begins to read a FIFO whose first unread byte has this offset; without one, from wherever the
   * reader has it.
   * @throws Error when there is no such FIFO, or no reader
   */
  async openPipe(
    place: { readonly path: string; readonly offset?: number | undefined },
    listener: PipeListener,
  ): Promise<OpenedPipe> {
    const known = this.#connection?.known.get(place.path);
    const offset = place.offset ?? known?.start ?? 0;
    const isWhole = known !== undefined && known.start <= offset;
    const number = known?.number ?? this.#nextNumber++;
    const from = known === undefined ? offset : Math.max(offset, known.start);
    const pipe = new ReadPipe({ path: place.path, number, offset: from }, listener);
    this.#pipes.set(number, pipe);
    if (known === undefined) await this.#open(pipe);
    else pipe.attach(this.#connection as ReaderConnection, { isNew: false });
    return { pipe, isWhole };
  }

  /** Bytes before `offset` are on disk. */
  acknowledge(pipe: ReadPipe, offset: number): void {
    if (!pipe.acknowledge(offset)) this.#unacknowledged.add(pipe);
  }

  /** Nothing more is wanted of it. */
  closePipe(pipe: ReadPipe): void {
    pipe.close();
    this.#unacknowledged.delete(pipe);
    this.#pipes.delete(pipe.number);
  }

  /** Lets the reader forget the streams of one before that nobody has opened here. */
  closeStrangers(): void {
    for (const { number } of this.#connection?.known.values() ?? []) {
      if (!this.#pipes.has(number)) this.#connection?.send(FRAME.close, { stream: number });
    }
  }

  /** Ends the reader too, unless it has something that a supervisor after this one must fetch. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#acknowledgeAll();
    if (this.#pipes.size === 0) this.#connection?.send(FRAME.stop);
    this.#connection?.end();
    for (const { reject } of this.#openings.values()) reject(new Error('the supervisor stops'));
  }

  get #listener(): ConnectionListener {
    return { onFrame: (frame) => this.#take(frame), onClosed: () => this.#reconnect() };
  }

  async #open(pipe: ReadPipe): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#openings.set(pipe.number, { resolve, reject });
    const timer = setTimeout(() => reject(new Error('the pipe reader does not answer')), OPEN_MS);
    if (this.#connection !== undefined) pipe.attach(this.#connection, { isNew: true });
    try {
      await promise;
    } catch (error) {
      this.closePipe(pipe);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#openings.delete(pipe.number);
    }
  }

  #take({ kind, stream, offset, payload }: Frame): void {
    const pipe = this.#pipes.get(stream);
    switch (kind) {
      case FRAME.data:
        pipe?.take(offset, payload);
        break;
      case FRAME.over:
        pipe?.takeOver();
        break;
      case FRAME.opened:
        this.#openings.get(stream)?.resolve();
        break;
      case FRAME.failed:
        this.#noteFailed(stream, payload.toString('utf8'));
        break;
      case FRAME.figures:
        this.#noteFigures(payload);
        break;
      default:
        this.#tellTrouble(payload.toString('utf8'));
    }
  }

  #noteFailed(stream: number, words: string): void {
    const opening = this.#openings.get(stream);
    if (opening !== undefined) opening.reject(new Error(words));
    else this.#tellTrouble(words);
  }

  #noteFigures(payload: Buffer): void {
    const figures: unknown = JSON.parse(payload.toString('utf8'));
    if (Value.Check(Figures, figures)) this.#figures = figures;
  }

  #tellTrouble(words: string): void {
    if (this.#onTrouble === undefined) this.#troubles.push(words);
    else this.#onTrouble(words);
  }

  #acknowledgeAll(): void {
    for (const pipe of this.#unacknowledged) pipe.tellAcknowledged();
    this.#unacknowledged.clear();
  }

  /** Everything that is open goes on at this reader. */
  #use(connection: ReaderConnection): void {
    this.#connection = connection;
    this.#connections++;
    this.#problem = undefined;
    const taken = [...connection.known.values()].map(({ number }) => number);
    this.#nextNumber = Math.max(this.#nextNumber, ...taken.map((number) => number + 1));
    for (const pipe of this.#pipes.values()) {
      const isNew = !connection.known.has(pipe.path);
      if (isNew && pipe.isOver) continue;
      // A pipe that is just being opened has nothing to miss.
      if (isNew && !this.#openings.has(pipe.number)) pipe.tellGap();
      pipe.attach(connection, { isNew });
    }
  }

  #reconnect(): void {
    this.#connection = undefined;
    for (const pipe of this.#pipes.values()) pipe.detach();
    if (this.#isClosed) return;
    this.#problem = 'the pipe reader ended: another one is being started';
    this.#tellTrouble(this.#problem);
    void this.#startAgain();
  }

  async #startAgain(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const connection = await connectOrStart(this.#dir, this.#listener);
        if (this.#isClosed) connection.end();
        else this.#useAnother(connection);
        return;
      } catch (error) {
        const why = error instanceof ReaderRefusal ? error.message : String(error);
        this.#problem = `nobody reads the servers' output: ${why}`;
        await new Promise((resolve) => setTimeout(resolve, this.#retry.nextMs()));
      }
    }
  }

  #useAnother(connection: ReaderConnection): void {
    this.#retry.reset();
    this.#use(connection);
    this.closeStrangers();
  }
}
