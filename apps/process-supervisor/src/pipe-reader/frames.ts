/**
 * What the supervisor and its pipe reader say to each other. Little-endian.
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 4 | bytes of the payload (P), at most {@link PAYLOAD_BYTES_MAX} |
 * | 4 | 1 | kind, see {@link FRAME} |
 * | 5 | 4 | number of the stream; 0 when it is about none |
 * | 9 | 8 | offset in the stream, float64 |
 * | 17 | P | payload |
 */

const HEAD_BYTES = 17;
export const PAYLOAD_BYTES_MAX = 64 * 1024;
const FRAME_BYTES_MAX = HEAD_BYTES + PAYLOAD_BYTES_MAX;
/** Several frames at once, and the beginning of another one. */
const BUFFER_BYTES = 256 * 1024;
/** Told first by both; another one is refused. */
export const PROTOCOL = 1;

export const FRAME = {
  /** Supervisor: payload is its pid as text, offset is {@link PROTOCOL}. The first frame. */
  hello: 1,
  /** Supervisor: opens the FIFO named in the payload; its first byte gets this offset. */
  open: 2,
  /** Supervisor: wants every byte from this offset on. */
  from: 3,
  /** Supervisor: bytes before this offset are kept elsewhere now. */
  acknowledge: 4,
  /** Supervisor: nobody is to write any more; the stream ends when its last writer is gone. */
  end: 5,
  /** Supervisor: nothing is wanted of the stream any more. */
  close: 6,
  /** Supervisor: the reader is to end, once no stream is left. */
  stop: 7,
  /** Reader: one stream it has; payload is the path, offset the first byte it still has. */
  stream: 65,
  /** Reader: that were all; payload is its pid as text, offset is {@link PROTOCOL}. */
  welcome: 66,
  /** Reader: bytes of a stream, the first of them at this offset. */
  data: 67,
  /** Reader: the stream ended at this offset. */
  over: 68,
  /** Reader: {@link open} was done. */
  opened: 69,
  /** Reader: {@link open} was not done; payload says why. */
  failed: 70,
  /** Reader: what it uses, as JSON {@link ReaderFigures}. */
  figures: 71,
  /** Reader: the connection is refused and closed; payload says why. */
  refused: 72,
  /** Reader: something went wrong; payload says what. */
  trouble: 73,
} as const;

export interface Frame {
  readonly kind: number;
  readonly stream: number;
  readonly offset: number;
  readonly payload: Buffer;
}

export interface ReaderFigures {
  readonly rssBytes: number;
  /** Read and not acknowledged. */
  readonly heldBytes: number;
  readonly streams: number;
}

/** The other side speaks something else. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FrameError';
  }
}

/** Everything before the payload; data frames send the payload apart, without copying it. */
export function encodeHead(frame: Omit<Frame, 'payload'>, payloadBytes: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32LE(payloadBytes, 0);
  head.writeUInt8(frame.kind, 4);
  head.writeUInt32LE(frame.stream, 5);
  head.writeDoubleLE(frame.offset, 9);
  return head;
}

export function encodeFrame(kind: number, { stream = 0, offset = 0, payload = '' } = {}): Buffer {
  const bytes = Buffer.from(payload).subarray(0, PAYLOAD_BYTES_MAX);
  return Buffer.concat([encodeHead({ kind, stream, offset }, bytes.length), bytes]);
}

/** Cuts a connection into frames; what comes of it is read into one piece of memory. */
export class FrameParser {
  readonly #onFrame: (frame: Frame) => void;
  readonly #mayGive: (frame: Frame) => boolean;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  /** What is between them is no whole frame yet. */
  #start = 0;
  #end = 0;
  #isHeldBack = false;

  /**
   * The payload of a frame is a view, until the listener returns. A frame that may not be given yet
   * waits, with all behind it, for {@link goOn}.
   */
  constructor(onFrame: (frame: Frame) => void, mayGive: (frame: Frame) => boolean = () => true) {
    this.#onFrame = onFrame;
    this.#mayGive = mayGive;
  }

  /** A whole frame waits: {@link goOn} comes before anything is put into {@link room}. */
  get isHeldBack(): boolean {
    return this.#isHeldBack;
  }

  /** Where the next bytes are to be put: room for a whole frame at least. */
  get room(): Buffer {
    if (this.#buffer.length - this.#end < FRAME_BYTES_MAX) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.#buffer.subarray(this.#end);
  }

  /**
   * So many bytes were put into {@link room}.
   * @throws FrameError when a length or an offset is none; take nothing more then
   */
  took(count: number): void {
    this.#end += count;
    this.goOn();
  }

  /**
   * Gives the frames that are whole, up to the first that may not be given yet.
   * @throws FrameError like {@link took}
   */
  goOn(): void {
    this.#isHeldBack = false;
    for (let size = this.#sizeOfFirst(); size > 0; size = this.#sizeOfFirst()) {
      const frame = decode(this.#buffer.subarray(this.#start, this.#start + size));
      this.#isHeldBack = !this.#mayGive(frame);
      if (this.#isHeldBack) return;
      this.#start += size;
      this.#onFrame(frame);
    }
  }

  /** Takes bytes that lie elsewhere; else like {@link took}. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const count = chunk.copy(this.room, 0, at);
      this.took(count);
      at += count;
    }
  }

  /** 0 when it is not whole. */
  #sizeOfFirst(): number {
    const bytes = this.#end - this.#start;
    if (bytes < HEAD_BYTES) return 0;
    const size = HEAD_BYTES + payloadBytesAt(this.#buffer, this.#start);
    return size <= bytes ? size : 0;
  }
}

function payloadBytesAt(buffer: Buffer, at: number): number {
  const bytes = buffer.readUInt32LE(at);
  if (bytes > PAYLOAD_BYTES_MAX) throw new FrameError(`a frame of ${bytes} bytes`);
  return bytes;
}

function decode(bytes: Buffer): Frame {
  const offset = bytes.readDoubleLE(9);
  if (!Number.isSafeInteger(offset) || offset < 0) throw new FrameError(`the offset ${offset}`);
  return {
    kind: bytes.readUInt8(4),
    stream: bytes.readUInt32LE(5),
    offset,
    payload: bytes.subarray(HEAD_BYTES),
  };
}
