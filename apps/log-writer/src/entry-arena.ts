/**
 * The bytes of a section and of the lines made from it, in one block of memory: copying within a
 * block costs a third of copying between two. It is used again for the next section.
 */
const BYTES_MIN = 1024 * 1024;
/** A larger block is given back after the section that needed it. */
const BYTES_KEPT_MAX = 8 * 1024 * 1024;
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const UTF8_BYTES_PER_UNIT = 3;

export class EntryArena {
  bytes: Buffer = Buffer.allocUnsafeSlow(BYTES_MIN);
  used = 0;

  /** Forgets everything and takes in `source`, which then begins at 0. */
  begin(source: Buffer): void {
    if (this.bytes.length > BYTES_KEPT_MAX) this.bytes = Buffer.allocUnsafeSlow(BYTES_MIN);
    this.used = 0;
    this.reserve(source.length);
    this.bytes.set(source);
    this.used = source.length;
  }

  reserve(bytes: number): void {
    const needed = this.used + bytes;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.used);
    this.bytes = grown;
  }

  /** Adds what is between two places of the arena; room must have been reserved. */
  addRange(from: number, to: number): void {
    this.bytes.copyWithin(this.used, from, to);
    this.used += to - from;
  }

  /** Room must have been reserved. */
  addByte(byte: number): void {
    this.bytes[this.used++] = byte;
  }

  /** Room must have been reserved. */
  addBytes(bytes: Buffer): void {
    this.bytes.set(bytes, this.used);
    this.used += bytes.length;
  }

  addText(text: string): void {
    this.reserve(UTF8_BYTES_PER_UNIT * text.length);
    this.used += this.bytes.write(text, this.used);
  }
}
