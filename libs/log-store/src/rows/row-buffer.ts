/** Bytes that are written one after the other; whoever writes has made room before. */
export class RowBuffer {
  bytes: Buffer;
  /** Bytes written so far. */
  length = 0;

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
  }

  makeRoom(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const wider = Buffer.allocUnsafeSlow(2 * this.bytes.length + more);
    this.bytes.copy(wider, 0, 0, this.length);
    this.bytes = wider;
  }

  addText(text: string): void {
    this.makeRoom(3 * text.length);
    this.length += this.bytes.write(text, this.length);
  }
}
