/** A message longer than this is not handed to clients; it is counted. */
export const RPC_MESSAGE_BYTES_MAX = 32 * 1024 * 1024;

const LF = 0x0a;

/**
 * Cuts a server's stdout into whole lines for its clients. Unlike the framer of the capture it
 * keeps long lines whole; like it, it splits at 0x0A only.
 */
export class MessageSplitter {
  readonly #onLine: (line: string) => void;
  readonly #bytesMax: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #tooLong = 0;

  constructor(onLine: (line: string) => void, bytesMax = RPC_MESSAGE_BYTES_MAX) {
    this.#onLine = onLine;
    this.#bytesMax = bytesMax;
  }

  /** Lines that were left out because of their length. */
  get tooLong(): number {
    return this.#tooLong;
  }

  /** The chunk may be used for something else afterwards. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(Buffer.from(chunk.subarray(start)));
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#bytesMax) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  #finish(): void {
    const isTooLong = this.#bytes > this.#bytesMax;
    const line = isTooLong ? '' : Buffer.concat(this.#pieces, this.#bytes).toString('utf8');
    this.#pieces = [];
    this.#bytes = 0;
    if (isTooLong) this.#tooLong++;
    else if (line !== '') this.#onLine(line);
  }
}
