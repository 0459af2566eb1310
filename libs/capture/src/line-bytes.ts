/** Looks at the bytes of a line four at a time, because most lines hold nothing special. */

/** A quote, a backslash or a control character: what JSON escapes. */
export const HAS_ESCAPED = 1;
/** A byte beyond ASCII. */
export const HAS_WIDE = 2;
export const HAS_SLASH = 4;
/** A control character, such as a line end. */
export const HAS_CONTROL = 8;

const HIGH_BITS = 0x80808080;
const ONES = 0x01010101;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const SLASHES = 0x2f2f2f2f;
const ZEROS = 0x30303030;
const BACKSLASHES = 0x5c5c5c5c;
const WORD_BYTES = 4;

/** What is between `from` and `to`, as flags; at least four bytes. */
export function scanBytes(view: DataView, from: number, to: number): number {
  const last = to - WORD_BYTES;
  let wide = 0;
  let control = 0;
  let escaped = 0;
  let slash = 0;
  for (let at = from; ; at += WORD_BYTES) {
    // The last word may overlap the one before: looking twice does no harm.
    const word = view.getInt32(at < last ? at : last, true);
    const quotes = word ^ QUOTES;
    const backslashes = word ^ BACKSLASHES;
    const slashes = word ^ SLASHES;
    wide |= word;
    control |= (word - SPACES) & ~word;
    escaped |= ((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes);
    slash |= (slashes - ONES) & ~slashes;
    if (at >= last) break;
  }
  return (
    (((escaped | control) & HIGH_BITS) === 0 ? 0 : HAS_ESCAPED) |
    ((wide & HIGH_BITS) === 0 ? 0 : HAS_WIDE) |
    ((slash & HIGH_BITS) === 0 ? 0 : HAS_SLASH) |
    ((control & HIGH_BITS) === 0 ? 0 : HAS_CONTROL)
  );
}

/** The first place of a byte of ASCII between `from` and `to`, or `to`. */
export function findByte(view: DataView, byte: number, { from, to }: ByteRange): number {
  const pattern = Math.imul(byte, ONES);
  let at = from;
  for (; at + WORD_BYTES <= to; at += WORD_BYTES) {
    const word = view.getInt32(at, true) ^ pattern;
    const hits = (word - ONES) & ~word & HIGH_BITS;
    // The lowest mark is always true; those above it may be borrowed.
    if (hits !== 0) return at + ((31 - Math.clz32(hits & -hits)) >> 3);
  }
  while (at < to && view.getUint8(at) !== byte) at++;
  return at;
}

export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Four characters of ASCII with every digit made a 0. */
export function withoutDigits(word: number): number {
  const others = (word ^ ZEROS) + 0x76767676;
  const digits = ~others & HIGH_BITS;
  return word & ~((digits >>> 7) * 15);
}
