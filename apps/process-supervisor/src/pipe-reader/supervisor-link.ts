import type { Socket } from 'node:net';
import type { Backlog } from './backlog.ts';
import {
  encodeFrame,
  encodeHead,
  FRAME,
  type Frame,
  FrameParser,
  PAYLOAD_BYTES_MAX,
  PROTOCOL,
} from './frames.ts';

/** Within it a connection must have said who it is. */
const HELLO_MS = 5_000;

export interface LinkListener {
  /** It speaks our protocol; its pid. */
  onHello(link: SupervisorLink, pid: number): void;
  onFrame(link: SupervisorLink, frame: Frame): void;
  onClosed(link: SupervisorLink): void;
}

/** The reader's side of one connection. */
export class SupervisorLink {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  #pid: number | undefined;

  constructor(socket: Socket, listener: LinkListener) {
    this.#socket = socket;
    this.#timer = setTimeout(() => this.refuse('nothing was said'), HELLO_MS);
    const parser = new FrameParser((frame) => this.#take(frame, listener));
    socket.on('data', (chunk) => this.#guard(() => parser.push(chunk)));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(this.#timer);
      listener.onClosed(this);
    });
  }

  /** Of the supervisor, once it has told it. */
  get pid(): number | undefined {
    return this.#pid;
  }

  send(kind: number, more: { stream?: number; offset?: number; payload?: string } = {}): void {
    if (!this.#socket.destroyed) this.#socket.write(encodeFrame(kind, more));
  }

  /** Bytes of a stream; the backlog keeps them unchanged until they are acknowledged. */
  sendBytes(stream: number, { backlog, offset }: { backlog: Backlog; offset: number }): void {
    if (this.#socket.destroyed) return;
    this.#socket.cork();
    for (let at = offset; at < backlog.end; ) {
      const end = Math.min(at + PAYLOAD_BYTES_MAX, backlog.end);
      this.#socket.write(encodeHead({ kind: FRAME.data, stream, offset: at }, end - at));
      for (const piece of backlog.pieces(at, end)) this.#socket.write(piece);
      at = end;
    }
    this.#socket.uncork();
  }

  refuse(words: string): void {
    this.send(FRAME.refused, { payload: words });
    this.#socket.destroySoon();
  }

  #take(frame: Frame, listener: LinkListener): void {
    if (this.#socket.writableEnded) return;
    if (this.#pid !== undefined) {
      listener.onFrame(this, frame);
      return;
    }
    const pid = Number(frame.payload.toString('latin1'));
    if (frame.kind !== FRAME.hello || !Number.isSafeInteger(pid)) throw new Error('no hello');
    if (frame.offset !== PROTOCOL) throw new Error(`protocol ${frame.offset} is not ${PROTOCOL}`);
    clearTimeout(this.#timer);
    this.#pid = pid;
    listener.onHello(this, pid);
  }

  /** Whoever speaks something else is put off; everybody else stays as they are. */
  #guard(work: () => void): void {
    if (this.#socket.writableEnded || this.#socket.destroyed) return;
    try {
      work();
    } catch (error) {
      this.refuse(String(error));
    }
  }
}
