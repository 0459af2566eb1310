/** Finds texts in encoded lines without decoding them, whatever their case. */

/** Runs of bytes: every line with a match contains one of them, save for the aliases. */
export interface Needle {
  readonly runs: readonly string[];
  /** The first place at or after `from` where a run may be; -1 for none. */
  find(bytes: Buffer, from: number): number;
  /** True when the bytes hold a character that folds to a letter of a run from outside ASCII. */
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
/** Each run is a search of its own. */
const RUNS_MAX = 8;

/**
 * For each set of folded texts the stretches that stand in a line as they are: a line that holds
 * one of the set's texts holds one of its stretches. Sets without such a stretch are left out.
 */
export function plainRunsOf(literalSets: readonly (readonly string[])[]): string[][] {
  return literalSets.flatMap((set) => {
    const runs = set.map(longestRun);
    return runs.length === 0 || runs.includes('') ? [] : [[...new Set(runs)]];
  });
}

function longestRun(literal: string): string {
  const runs: readonly string[] = literal.match(PLAIN_RUNS) ?? [];
  return runs.reduce((best, run) => (run.length > best.length ? run : best), '');
}

/** The needle that rules out most; `undefined` when no set has stretches to look for. */
export function needleFor(literalSets: readonly (readonly string[])[]): Needle | undefined {
  const usable = plainRunsOf(literalSets).filter((runs) => runs.length <= RUNS_MAX);
  const [best] = usable.toSorted((one, other) => worth(other) - worth(one));
  return best === undefined ? undefined : makeNeedle(best);
}

/** Long runs are found faster and seldom by chance; of two as long, fewer are faster. */
function worth(runs: readonly string[]): number {
  return Math.min(...runs.map(({ length }) => length)) - runs.length;
}

function makeNeedle(runs: readonly string[]): Needle {
  const letters = runs.join('');
  const aliases = ALIASES.filter(({ letter }) => letters.includes(letter));
  const finders = runs.map(finderOf);
  const [only] = finders;
  return {
    runs,
    find: finders.length === 1 && only !== undefined ? only : findAny(finders),
    hasAlias: (bytes) => aliases.some((alias) => bytes.includes(alias.bytes)),
  };
}

type Find = Needle['find'];

function finderOf(run: string): Find {
  if (run.toUpperCase() !== run) return makeFinder(run);
  const exact = Buffer.from(run);
  return (bytes, from) => bytes.indexOf(exact, from);
}

/** Remembers where each run comes next, so that none is sought twice over the same bytes. */
function findAny(finders: readonly Find[]): Find {
  let seen: Buffer | undefined;
  let lastFrom = 0;
  const next = finders.map(() => -1);
  return (bytes, from) => {
    if (bytes !== seen || from < lastFrom) next.fill(-1);
    seen = bytes;
    lastFrom = from;
    let first = bytes.length;
    for (const [at, find] of finders.entries()) {
      let place = next[at] as number;
      if (place < from) {
        const found = find(bytes, from);
        place = found < 0 ? bytes.length : found;
        next[at] = place;
      }
      if (place < first) first = place;
    }
    return first < bytes.length ? first : -1;
  };
}

/**
 * Horspool's search over folded bytes: looks at one byte in about `run.length`. Where the run's last
 * letter stands it steps by 0, so that most steps need no comparison (Hume and Sunday's fast loop).
 */
function makeFinder(run: string): Find {
  const length = run.length;
  const lower = Buffer.from(run);
  const upper = Buffer.from(run.toUpperCase());
  const { skip, again } = stepsOf(lower, upper);
  return (bytes, from) => {
    const end = bytes.length;
    const fastEnd = end - 2 * length;
    let at = from + length - 1;
    for (;;) {
      while (at < fastEnd) {
        at += skip[bytes[at] as number] as number;
        at += skip[bytes[at] as number] as number;
        const step = skip[bytes[at] as number] as number;
        if (step === 0) break;
        at += step;
      }
      while (at < end && skip[bytes[at] as number] !== 0) at += skip[bytes[at] as number] as number;
      if (at >= end) return -1;
      let back = 1;
      while (back < length && sameLetter(bytes[at - back] as number, length - 1 - back)) back++;
      if (back === length) return at - length + 1;
      at += again;
    }
  };

  function sameLetter(byte: number, place: number): boolean {
    return byte === lower[place] || byte === upper[place];
  }
}

/** How far the next place may be for each byte, and behind a last letter that was none. */
function stepsOf(lower: Buffer, upper: Buffer): { skip: Int32Array; again: number } {
  const { length } = lower;
  const skip = new Int32Array(256).fill(length);
  for (let at = 0; at < length - 1; at++) {
    skip[lower[at] as number] = length - 1 - at;
    skip[upper[at] as number] = length - 1 - at;
  }
  const [lastLower, lastUpper] = [lower[length - 1] as number, upper[length - 1] as number];
  const again = Math.min(skip[lastLower] as number, skip[lastUpper] as number);
  skip[lastLower] = 0;
  skip[lastUpper] = 0;
  return { skip, again };
}
