import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import {
  encodeFrame,
  FRAME,
  type Frame,
  FrameError,
  FrameParser,
  PROTOCOL,
} from '../pipe-reader/frames.ts';

const WELCOME_MS = 10_000;
/** Of one stream without another's between, before timers and everybody else have their turn. */
const TURN_BYTES = 64 * 1024;

/** A stream that the reader had when it was connected to. */
export interface KnownStream {
  readonly number: number;
  /** Offset of the first byte it still has. */
  readonly start: number;
}

export interface ConnectionListener {
  onFrame(frame: Frame): void;
  /** Told once, after everything that was received. */
  onClosed(): void;
}

/** A reader that answers and will not work for us, such as one that works for somebody else. */
export class ReaderRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ReaderRefusal';
  }
}

/** The supervisor's side of one connection to a pipe reader. */
export class ReaderConnection {
  readonly readerPid: number;
  /** By path of the FIFO. */
  readonly known: ReadonlyMap<string, KnownStream>;
  readonly #socket: Socket;

  private constructor(socket: Socket, known: Map<string, KnownStream>, readerPid: number) {
    this.#socket = socket;
    this.known = known;
    this.readerPid = readerPid;
  }

  /**
   * @throws ReaderRefusal when a reader answers and refuses
   * @throws Error of the system when none answers
   */
  static async open(
    socketPath: string,
    listener: ConnectionListener,
    welcomeMs = WELCOME_MS,
  ): Promise<ReaderConnection> {
    let take: (frame: Frame) => void = () => {};
    const socket = connectFrames(socketPath, (frame) => take(frame));
    await once(socket, 'connect');
    return new Promise((resolve, reject) => {
      const known = new Map<string, KnownStream>();
      let connection: ReaderConnection | undefined;
      const fail = (words: string) => {
        reject(new ReaderRefusal(words));
        socket.destroy();
      };
      const timer = setTimeout(() => fail('the pipe reader does not answer'), welcomeMs);
      take = (frame) => {
        if (connection !== undefined) {
          listener.onFrame(frame);
          return;
        }
        const text = frame.payload.toString('utf8');
        if (frame.kind === FRAME.stream) {
          known.set(text, { number: frame.stream, start: frame.offset });
        } else if (frame.kind === FRAME.welcome && frame.offset === PROTOCOL) {
          clearTimeout(timer);
          connection = new ReaderConnection(socket, known, Number(text));
          resolve(connection);
        } else fail(frame.kind === FRAME.refused ? text : `a reader of another mcplog: ${text}`);
      };
      socket.on('error', () => undefined);
      socket.once('close', () => {
        clearTimeout(timer);
        if (connection === undefined) reject(new Error('the pipe reader ended'));
        else listener.onClosed();
      });
      socket.write(encodeFrame(FRAME.hello, { offset: PROTOCOL, payload: String(process.pid) }));
    });
  }

  send(kind: number, more: { stream?: number; offset?: number; payload?: string } = {}): void {
    if (!this.#socket.destroyed) this.#socket.write(encodeFrame(kind, more));
  }

  /** After what was sent. */
  end(): void {
    this.#socket.destroySoon();
  }
}

/**
 * What comes is read into the parser's memory, without a buffer of its own for each read. A stream
 * that floods is taken a turn at a time; nothing is read meanwhile.
 */
function connectFrames(path: string, take: (frame: Frame) => void): Socket {
  const turn = new StreamTurn();
  const parser = new FrameParser(take, (frame) => turn.takes(frame));
  /** False when nothing may be read for now. */
  const give = (work: () => void): boolean => {
    turn.begin();
    try {
      work();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      // After something that is no frame there is nothing to go on from but a new connection.
      socket.destroy();
      return false;
    }
    if (parser.isHeldBack) setImmediate(goOn);
    return !parser.isHeldBack;
  };
  const goOn = () => {
    if (parser.isHeldBack && give(() => parser.goOn())) socket.resume();
  };
  const callback = (count: number): boolean => give(() => parser.took(count));
  const socket = createConnection({ path, onread: { buffer: () => parser.room, callback } });
  // Before anybody else hears of the end: what was received counts.
  socket.once('close', () => {
    while (parser.isHeldBack) give(() => parser.goOn());
  });
  // Else nobody would hear of the connection's end.
  return socket.resume();
}

/** How much of one stream came in a row. */
class StreamTurn {
  #stream = 0;
  #bytes = 0;

  begin(): void {
    this.#bytes = 0;
  }

  /** False when the turn is over before this frame: it is the first of the next one. */
  takes({ stream, payload }: Frame): boolean {
    const bytes = (stream === this.#stream ? this.#bytes : 0) + payload.length;
    if (bytes > TURN_BYTES && bytes > payload.length) return false;
    this.#stream = stream;
    this.#bytes = bytes;
    return true;
  }
}
