/**
 * Grams: short pieces of text, by which a block tells that it cannot hold what is sought.
 *
 * Two kinds, from a line's bytes with ASCII letters lowered:
 * - every three bytes, unless all of them are hexadecimal digits and one is a decimal digit;
 * - every five bytes that are all hexadecimal digits, one of them a decimal digit.
 * Whether a piece is a gram depends on its own bytes alone, so the grams of a text sought are grams
 * of every line that contains it. docs/decisions/0008 says why there are two kinds.
 *
 * A gram is kept as a row number below a power of two. With K = 0x9e3779b1, all modulo 2^32:
 * - three bytes a b c: ((a × 2^16 + b × 2^8 + c) × 2^8 × K) >> 15
 * - five bytes a b c d e: (((b × 2^24 + c × 2^16 + d × 2^8 + e) × K) xor (a × 0x85ebca6b)) >> 15
 * Those 17 bits are the row; a map of fewer rows takes the lowest bits.
 */

/** Rows before a map is folded. */
export const GRAM_ROWS_MAX = 2 ** 17;

const FACTOR = 0x9e3779b1 | 0;
const FACTOR_OF_THREE = (0x9e3779b1 << 8) | 0;
const FACTOR_OF_FIFTH = 0x85ebca6b | 0;
const ROW_SHIFT = 15;

const DECIMAL = 1;
const HEXADECIMAL = 2;
/** Of each byte: below, its lowered form; from bit 8, whether it is a decimal or hexadecimal digit. */
const LETTERS = Uint16Array.from({ length: 256 }, (_, byte) => {
  const lowered = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
  const isDecimal = lowered >= 0x30 && lowered <= 0x39;
  const isHexadecimal = isDecimal || (lowered >= 0x61 && lowered <= 0x66);
  return lowered | (((isDecimal ? DECIMAL : 0) | (isHexadecimal ? HEXADECIMAL : 0)) << 8);
});

const TAKE_THREE = 1;
const TAKE_FIVE = 2;
const RECENT = 2 ** 10 - 1;
/** Which grams end at a byte, by the digit kinds of it and the four before, two bits each. */
const TAKEN = Uint8Array.from({ length: RECENT + 1 }, (_, kinds) => {
  const all = (bytes: number) => isEvery(kinds, bytes) && isAny(kinds, bytes);
  return (all(3) ? 0 : TAKE_THREE) | (all(5) ? TAKE_FIVE : 0);
});

function isEvery(kinds: number, bytes: number): boolean {
  for (let at = 0; at < bytes; at++) if (((kinds >> (2 * at)) & HEXADECIMAL) === 0) return false;
  return true;
}

function isAny(kinds: number, bytes: number): boolean {
  for (let at = 0; at < bytes; at++) if (((kinds >> (2 * at)) & DECIMAL) !== 0) return true;
  return false;
}

const GRAM_BYTES_MAX = 5;

/**
 * Collects the grams of one block after the other, without allocating per line: measured at 300 MB/s
 * of its input, 440 MB/s of a log's plain text, because the ends that lines share are not read again.
 */
export class GramCollector {
  /** One byte per row, faster to set than one bit. */
  readonly #seen = new Uint8Array(GRAM_ROWS_MAX);
  /** The same, four rows at once. */
  readonly #seenByFours = new Uint32Array(this.#seen.buffer);
  #lastFrom = 0;
  #lastTo = 0;

  /** Adds the grams of bytes[from, to); all lines of a block must lie in the same `bytes`. */
  add(bytes: Uint8Array, from: number, to: number): void {
    let end = to;
    let last = this.#lastTo;
    while (end > from && last > this.#lastFrom && bytes[end - 1] === bytes[last - 1]) {
      end--;
      last--;
    }
    this.#lastFrom = from;
    this.#lastTo = to;
    // What lies wholly in the shared end was seen with the line before.
    collect(bytes, { from, to: Math.min(to, end + GRAM_BYTES_MAX - 1) }, this.#seen);
  }

  /** The block's rows as bits, least significant first; then it is ready for the next block. */
  take(): Uint8Array {
    const fours = this.#seenByFours;
    const bits = new Uint8Array(GRAM_ROWS_MAX / 8);
    for (let at = 0, four = 0; at < bits.length; at++, four += 2) {
      const low = bitsOfFour(fours[four] as number);
      bits[at] = low | (bitsOfFour(fours[four + 1] as number) << 4);
    }
    this.#seen.fill(0);
    this.#lastFrom = 0;
    this.#lastTo = 0;
    return bits;
  }
}

/**
 * Four bytes of 0 or 1 as four bits, first byte lowest: the factor moves them to bits 28 to 31, and
 * no two of its other products meet. Needs a little-endian machine, as all that Node runs on are.
 */
function bitsOfFour(bytes: number): number {
  return Math.imul(bytes, 0x10204080) >>> 28;
}

/** The one hot loop of sealing: no call, no allocation, two look-ups and at most two stores. */
function collect(
  bytes: Uint8Array,
  { from, to }: { from: number; to: number },
  seen: Uint8Array,
): void {
  let at = from;
  let window = 0;
  let kinds = 0;
  for (const first = Math.min(from + 2, to); at < first; at++) {
    const letter = LETTERS[bytes[at] as number] as number;
    window = (window << 8) | (letter & 0xff);
    kinds = (kinds << 2) | (letter >> 8);
  }
  for (; at < to; at++) {
    const letter = LETTERS[bytes[at] as number] as number;
    const fifth = window >>> 24;
    window = (window << 8) | (letter & 0xff);
    kinds = (kinds << 2) | (letter >> 8);
    const taken = TAKEN[kinds & RECENT] as number;
    if ((taken & TAKE_THREE) !== 0) seen[Math.imul(window, FACTOR_OF_THREE) >>> ROW_SHIFT] = 1;
    if ((taken & TAKE_FIVE) !== 0) {
      const mixed = Math.imul(window, FACTOR) ^ Math.imul(fifth, FACTOR_OF_FIFTH);
      seen[mixed >>> ROW_SHIFT] = 1;
    }
  }
}

/**
 * The rows (of {@link GRAM_ROWS_MAX}) of a text's grams, each once, those of five bytes first: they
 * are rarer. Empty for a text too short to have any.
 */
export function gramRowsOf(text: Uint8Array): number[] {
  const fives = new Set<number>();
  const threes = new Set<number>();
  let window = 0;
  let kinds = 0;
  for (const [at, byte] of text.entries()) {
    const letter = LETTERS[byte] as number;
    const fifth = window >>> 24;
    window = (window << 8) | (letter & 0xff);
    kinds = (kinds << 2) | (letter >> 8);
    const taken = TAKEN[kinds & RECENT] as number;
    if (at >= 2 && (taken & TAKE_THREE) !== 0) {
      threes.add(Math.imul(window, FACTOR_OF_THREE) >>> ROW_SHIFT);
    }
    if ((taken & TAKE_FIVE) !== 0) {
      const mixed = Math.imul(window, FACTOR) ^ Math.imul(fifth, FACTOR_OF_FIFTH);
      fives.add(mixed >>> ROW_SHIFT);
    }
  }
  return [...new Set([...fives, ...threes])];
}
