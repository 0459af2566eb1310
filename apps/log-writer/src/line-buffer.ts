/**
 * Encoded lines on their way to a file. Each line becomes bytes as soon as it is known: joining
 * all of them as text first costs half of an encoder's time, because V8 then has to flatten a
 * string of thousands of parts.
 */
const BYTES_MIN = 4 * 1024;
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const UTF8_BYTES_PER_UNIT = 3;

export class LineBuffer {
  #bytes: Buffer;
  #used = 0;

  constructor(bytesExpected = BYTES_MIN) {
    this.#bytes = Buffer.allocUnsafe(Math.max(bytesExpected, BYTES_MIN));
  }

  /** Adds text as UTF-8; the returned bytes are valid until something else is added. */
  addText(text: string): Buffer {
    this.#reserve(UTF8_BYTES_PER_UNIT * text.length);
    const from = this.#used;
    this.#used += this.#bytes.write(text, from, 'utf8');
    return this.#bytes.subarray(from, this.#used);
  }

  addBytes(bytes: Buffer): void {
    this.#reserve(bytes.length);
    bytes.copy(this.#bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Everything added; nothing may be added afterwards. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.#bytes = grown;
  }
}
