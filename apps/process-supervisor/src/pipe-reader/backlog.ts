const BLOCK_BYTES = 16 * 1024;

/**
 * The bytes of a stream that were read and not acknowledged, in blocks: many small pieces take no
 * more memory than one large one.
 */
export class Backlog {
  /** All but the last are full. */
  #blocks: Buffer[] = [];
  /** Offset of the first block's first byte. */
  #blocksStart: number;
  #start: number;
  #end: number;

  constructor(offset: number) {
    this.#blocksStart = offset;
    this.#start = offset;
    this.#end = offset;
  }

  /** Offset of the first byte that is still there. */
  get start(): number {
    return this.#start;
  }

  /** Offset behind the last byte. */
  get end(): number {
    return this.#end;
  }

  get bytes(): number {
    return this.#end - this.#start;
  }

  /** Takes a copy. */
  append(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const place = this.#end - this.#blocksStart;
      const index = Math.floor(place / BLOCK_BYTES);
      const block = this.#blocks[index] ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#blocks[index] = block;
      const count = bytes.copy(block, place % BLOCK_BYTES, at);
      at += count;
      this.#end += count;
    }
  }

  /** Views of the bytes from `offset` to `end`; they stay as they are until they are released. */
  pieces(offset: number, end = this.#end): Buffer[] {
    const pieces: Buffer[] = [];
    for (let at = offset; at < end; ) {
      const place = at - this.#blocksStart;
      const block = this.#blocks[Math.floor(place / BLOCK_BYTES)] as Buffer;
      const piece = block.subarray(place % BLOCK_BYTES, (place % BLOCK_BYTES) + end - at);
      pieces.push(piece);
      at += piece.length;
    }
    return pieces;
  }

  /** What lies before `offset` is not wanted any more. */
  release(offset: number): void {
    this.#start = Math.min(Math.max(offset, this.#start), this.#end);
    const free = Math.floor((this.#start - this.#blocksStart) / BLOCK_BYTES);
    this.#blocks.splice(0, free);
    this.#blocksStart += free * BLOCK_BYTES;
    if (this.bytes > 0) return;
    // Nobody looks at these bytes any more: the block begins anew.
    this.#blocks.length = Math.min(this.#blocks.length, 1);
    this.#blocksStart = this.#start;
  }
}
