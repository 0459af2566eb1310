import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { Backlog } from './backlog.ts';

/** Read and not acknowledged; past it the pipe fills (64 KiB on Linux), and then its writer waits. */
export const HELD_BYTES_MAX = 256 * 1024;
const READ_BYTES = 64 * 1024;

const { O_RDONLY, O_RDWR, O_NONBLOCK } = constants;

/** All streams read into it, one after the other. */
const scratch = Buffer.allocUnsafeSlow(READ_BYTES);

export interface FifoStreamListener {
  /** Bytes came, and lie in the backlog. */
  onData(stream: FifoStream): void;
  /** Its last writer is gone. */
  onOver(stream: FifoStream): void;
  onTrouble(words: string): void;
}

/** One FIFO, read as soon as something is in it, and what was read of it. */
export class FifoStream {
  readonly number: number;
  readonly path: string;
  readonly backlog: Backlog;
  /** How far the supervisor was told; undefined until it asks. */
  sentTo: number | undefined;
  readonly #socket: Socket;
  readonly #listener: FifoStreamListener;
  /** Reading and writing, so that the pipe neither ends nor breaks between its users. */
  #hold: number | undefined;
  #isPaused = false;
  #isOver = false;

  /** @throws Error when there is no such FIFO */
  constructor(
    { number, path, offset }: { number: number; path: string; offset: number },
    listener: FifoStreamListener,
  ) {
    this.number = number;
    this.path = path;
    this.backlog = new Backlog(offset);
    this.#listener = listener;
    this.#hold = openFifo(path, O_RDWR | O_NONBLOCK);
    this.#socket = this.#open();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Bytes before `offset` are not wanted any more. */
  release(offset: number): void {
    this.backlog.release(offset);
    if (!this.#isPaused || !this.#hasRoom) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** Lets the stream end behind the last writer. */
  end(): void {
    if (this.#hold !== undefined) closeSync(this.#hold);
    this.#hold = undefined;
  }

  close(): void {
    this.end();
    this.#socket.removeAllListeners().on('error', () => undefined);
    this.#socket.destroy();
  }

  /** For a whole read: the limit holds whatever the pipe gives. */
  get #hasRoom(): boolean {
    return this.backlog.bytes + READ_BYTES <= HELD_BYTES_MAX;
  }

  #open(): Socket {
    const onread = { buffer: scratch, callback: (count: number) => this.#take(count) };
    const fd = openFifo(this.path, O_RDONLY | O_NONBLOCK);
    const socket = new Socket({ fd, readable: true, writable: false, onread });
    socket.once('end', () => this.#finish());
    socket.once('error', (error) => {
      this.#listener.onTrouble(`${this.path} cannot be read: ${String(error)}`);
      this.#finish();
    });
    socket.resume();
    return socket;
  }

  /** False: do not read on. */
  #take(count: number): boolean {
    this.backlog.append(scratch.subarray(0, count));
    this.#isPaused = !this.#hasRoom;
    this.#listener.onData(this);
    return !this.#isPaused;
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onOver(this);
  }
}

function openFifo(path: string, flags: number): number {
  const fd = openSync(path, flags);
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw new Error(`${path} is no FIFO`);
}
