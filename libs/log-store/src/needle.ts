/** Finds a text in encoded lines without decoding them, whatever its case. */

/** A run of bytes that every line with a match contains, save for the aliases. */
export interface Needle {
  readonly run: string;
  /** The first place at or after `from` where the run may be; -1 for none. */
  find(bytes: Buffer, from: number): number;
  /** True when the bytes hold a character that folds to a letter of the run from outside ASCII. */
  hasAlias(bytes: Buffer): boolean;
}

/** Characters outside ASCII that fold to an ASCII letter: Kelvin sign, long s, dotted capital I. */
const ALIASES = [
  { letter: 'k', bytes: Buffer.from('\u212a') },
  { letter: 's', bytes: Buffer.from('\u017f') },
  { letter: 'i', bytes: Buffer.from('\u0130') },
] as const;

/** Stretches of characters that JSON writes as they are, and that have no case outside ASCII. */
const PLAIN_RUNS = /[\x20\x21\x23-\x5b\x5d-\x7e]+/g;

/** The needle for the longest plain stretch among folded texts; `undefined` when there is none. */
export function needleFor(literals: readonly string[]): Needle | undefined {
  const runs = literals.flatMap((literal) => literal.match(PLAIN_RUNS) ?? []);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  return longest === '' ? undefined : makeNeedle(longest);
}

function makeNeedle(run: string): Needle {
  const aliases = ALIASES.filter(({ letter }) => run.includes(letter)).map(({ bytes }) => bytes);
  const caseless = run.toUpperCase() === run;
  const exact = Buffer.from(run);
  return {
    run,
    find: caseless ? (bytes, from) => bytes.indexOf(exact, from) : makeFinder(run),
    hasAlias: (bytes) => aliases.some((alias) => bytes.includes(alias)),
  };
}

/** Horspool's search over folded bytes: looks at one byte in about `run.length`. */
function makeFinder(run: string): Needle['find'] {
  const length = run.length;
  const lower = Buffer.from(run);
  const upper = Buffer.from(run.toUpperCase());
  const skip = new Int32Array(256).fill(length);
  for (let at = 0; at < length - 1; at++) {
    skip[lower[at] as number] = length - 1 - at;
    skip[upper[at] as number] = length - 1 - at;
  }
  const lastLower = lower[length - 1] as number;
  const lastUpper = upper[length - 1] as number;
  return (bytes, from) => {
    const end = bytes.length;
    for (let at = from + length - 1; at < end; ) {
      const byte = bytes[at] as number;
      if (byte === lastLower || byte === lastUpper) {
        let back = 1;
        while (back < length && sameLetter(bytes[at - back] as number, length - 1 - back)) back++;
        if (back === length) return at - length + 1;
      }
      at += skip[byte] as number;
    }
    return -1;
  };

  function sameLetter(byte: number, place: number): boolean {
    return byte === lower[place] || byte === upper[place];
  }
}
