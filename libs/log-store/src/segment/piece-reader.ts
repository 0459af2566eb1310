/** Reads a segment from front to back to hash its blocks: in pieces that hold many of them. */
import { type FileHandle, readExactly } from '../disk/disk-io.ts';
import { LEAF_PREFIX, leafHashOfPrefixed } from './merkle.ts';

/** Half of what a core keeps at hand: a piece is hashed while it is still near. */
const PIECE_BYTES = 512 * 1024;

/** Of the reader that was closed last: the kernel would have to clear fresh memory for each segment. */
let spare: Buffer | undefined;

export class PieceReader {
  readonly #file: FileHandle;
  /** One byte stays free before the piece, so that a block can be hashed where it lies. */
  #buffer: Buffer;
  #from = 0;
  #to = 0;

  constructor(file: FileHandle) {
    this.#file = file;
    this.#buffer = spare ?? Buffer.allocUnsafeSlow(1 + PIECE_BYTES);
    spare = undefined;
  }

  /** Its memory is for another from now on. */
  close(): void {
    if (this.#buffer.length === 1 + PIECE_BYTES) spare = this.#buffer;
    this.#buffer = Buffer.alloc(0);
    this.#to = this.#from;
  }

  /**
   * Leaf hash of the bytes [offset, offset + bytes) as a tree of {@link merkleRoot} has it;
   * `undefined` when the file does not have that many.
   */
  leafAt(offset: number, bytes: number): Buffer | undefined {
    if (offset < this.#from || offset + bytes > this.#to) this.#read(offset, bytes);
    if (offset + bytes > this.#to) return undefined;
    const at = offset - this.#from;
    const before = this.#buffer[at] as number;
    this.#buffer[at] = LEAF_PREFIX;
    const leaf = leafHashOfPrefixed(this.#buffer.subarray(at, at + 1 + bytes));
    this.#buffer[at] = before;
    return leaf;
  }

  #read(offset: number, bytes: number): void {
    if (this.#buffer.length < 1 + bytes) this.#buffer = Buffer.allocUnsafeSlow(1 + bytes);
    this.#from = offset;
    this.#to = offset + readExactly(this.#file, this.#buffer.subarray(1), offset).length;
  }
}
