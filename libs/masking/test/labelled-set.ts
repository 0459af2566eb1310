import { readFileSync } from 'node:fs';

/** A line of the labelled set with its random characters filled in. */
export interface LabelledLine {
  readonly rule: string;
  readonly text: string;
  /** What must not be seen of it. */
  readonly values: readonly string[];
  /** What must stay: the pieces between the values. */
  readonly rest: readonly string[];
}

const BASE62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ALPHABETS: Readonly<Record<string, string>> = {
  A: BASE62,
  L: BASE62.slice(0, 52),
  l: BASE62.slice(26, 52),
  U: BASE62.replace(/[a-z]/g, ''),
  u: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  d: '0123456789',
  h: '0123456789abcdef',
  H: '0123456789ABCDEF',
  b: `${BASE62}+/`,
};

/** Lines of a file of `test/labelled`, without its comments. */
export function readLines(name: string): string[] {
  const text = readFileSync(new URL(`./labelled/${name}.txt`, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
}

/** Labelled lines; the same `seed` gives the same characters. */
export function readLabelled(name: string, seed: number): LabelledLine[] {
  const random = randomOf(seed);
  return readLines(name).map((line) => {
    const at = line.indexOf(' | ');
    const marked = fill(line.slice(at + 3).replaceAll('\\n', '\n'), random);
    const pieces = marked.split(/[⟦⟧]/);
    return {
      rule: line.slice(0, at),
      text: pieces.join(''),
      values: pieces.filter((_, i) => i % 2 === 1),
      rest: pieces.filter((_, i) => i % 2 === 0),
    };
  });
}

/** `{A36}` becomes 36 characters of that alphabet: no token stands in the repository. */
function fill(text: string, random: () => number): string {
  return text.replace(/\{([ALlUudhHb])(\d{1,3})\}/g, (_, kind: string, count: string) => {
    const alphabet = ALPHABETS[kind] ?? '';
    const one = (): string => alphabet.charAt(Math.floor(random() * alphabet.length));
    return Array.from({ length: Number(count) }, one).join('');
  });
}

/** Mulberry32, so that a failing line can be seen again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
