import { HELD_BYTES_MAX } from '../pipe-reader/fifo-stream.ts';
import { FRAME } from '../pipe-reader/frames.ts';
import type { ReaderConnection } from './reader-connection.ts';

/** Acknowledged at once when so much waits for it; else a little later, together. */
const ACKNOWLEDGE_BYTES = 64 * 1024;

export interface PipeListener {
  /** The chunk is used for something else as soon as this returns. */
  onData(chunk: Buffer): void;
  /** Nothing more will come. */
  onOver(): void;
  /** A reader died, and at most so many bytes that it had read are missing here. */
  onGap(bytesMax: number): void;
}

/** One FIFO that the pipe reader reads for us; offsets count its bytes from the child's start. */
export class ReadPipe {
  readonly path: string;
  readonly number: number;
  readonly #listener: PipeListener;
  #connection: ReaderConnection | undefined;
  #received: number;
  #acknowledged: number;
  #toldAcknowledged: number;
  #isEnding = false;
  #isOver = false;
  #isClosed = false;

  constructor(place: { path: string; number: number; offset: number }, listener: PipeListener) {
    this.path = place.path;
    this.number = place.number;
    this.#received = place.offset;
    this.#acknowledged = place.offset;
    this.#toldAcknowledged = place.offset;
    this.#listener = listener;
  }

  /** The reader has it, and sends from here on what is missing. */
  attach(connection: ReaderConnection, { isNew }: { isNew: boolean }): void {
    this.#connection = connection;
    if (isNew) {
      connection.send(FRAME.open, {
        stream: this.number,
        offset: this.#received,
        payload: this.path,
      });
    } else connection.send(FRAME.from, { stream: this.number, offset: this.#received });
    this.#toldAcknowledged = this.#acknowledged;
    if (this.#isEnding) connection.send(FRAME.end, { stream: this.number });
  }

  detach(): void {
    this.#connection = undefined;
  }

  /** A reader died; what it had read and not sent is gone. */
  tellGap(): void {
    const unacknowledged = this.#received - this.#acknowledged;
    this.#listener.onGap(Math.max(0, HELD_BYTES_MAX - unacknowledged));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  take(offset: number, bytes: Buffer): void {
    if (this.#isClosed || this.#isOver) return;
    // What was on its way when a connection broke comes once more.
    const known = Math.max(0, this.#received - offset);
    if (offset > this.#received) this.#listener.onGap(offset - this.#received);
    if (known >= bytes.length) return;
    this.#received = offset + bytes.length;
    this.#listener.onData(bytes.subarray(known));
  }

  takeOver(): void {
    if (this.#isClosed || this.#isOver) return;
    this.#isOver = true;
    this.#listener.onOver();
  }

  /** Bytes before `offset` are on disk; false when the reader is to be told of it soon. */
  acknowledge(offset: number): boolean {
    this.#acknowledged = Math.max(offset, this.#acknowledged);
    if (this.#acknowledged - this.#toldAcknowledged < ACKNOWLEDGE_BYTES) return false;
    this.tellAcknowledged();
    return true;
  }

  tellAcknowledged(): void {
    if (this.#isClosed || this.#toldAcknowledged === this.#acknowledged) return;
    this.#toldAcknowledged = this.#acknowledged;
    const offset = this.#acknowledged;
    this.#connection?.send(FRAME.acknowledge, { stream: this.number, offset });
  }

  /** Nobody is to write into it any more. */
  end(): void {
    this.#isEnding = true;
    this.#connection?.send(FRAME.end, { stream: this.number });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection?.send(FRAME.close, { stream: this.number });
    this.detach();
  }
}
