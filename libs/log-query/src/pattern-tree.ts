/**
 * The shape of a regular expression, as far as it can be told with certainty: what it needs a text
 * to contain, and how much a backtracking engine could try, are read off it. It decides nothing
 * about which texts match.
 *
 * Only patterns that the linear-time engine has accepted come here. Whatever is not in the list
 * below is left alone: inner flags, Unicode classes, POSIX classes, `\Q…\E`, octal escapes.
 */

/** Code points, both ends inclusive. */
export type CharRange = readonly [from: number, to: number];

export type PatternNode =
  /** One character out of these. */
  | { readonly kind: 'char'; readonly ranges: readonly CharRange[] }
  /** A place, no character. */
  | { readonly kind: 'place'; readonly at: 'start' | 'end' | 'boundary' | 'inside' }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly part: PatternNode;
      readonly min: number;
      readonly max: number;
    };

export interface PatternTree {
  readonly root: PatternNode;
  /** The pattern begins with `(?i)`. */
  readonly ignoresCase: boolean;
}

const CASELESS = '(?i)';
const CODE_POINT_MAX = 0x10ffff;
const DEPTH_MAX = 50;

const DIGITS: readonly CharRange[] = [[0x30, 0x39]];
const WORD: readonly CharRange[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const SPACE: readonly CharRange[] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
const ANY_BUT_NEWLINE = complement([[0x0a, 0x0a]]);

const CLASS_ESCAPES: Readonly<Record<string, readonly CharRange[]>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};
const CHAR_ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };
const PUNCTUATION = /^[!-/:-@[-`{-~]$/;
const REPETITION = /^\{(\d{1,4})(,(\d{0,4}))?\}/;
const NAMED_GROUP = /^\?P?<[A-Za-z_]\w*>/;

/** The tree of a pattern; `undefined` when it uses anything that is not understood here. */
export function readPatternTree(source: string): PatternTree | undefined {
  const ignoresCase = source.startsWith(CASELESS);
  const reader = new TreeReader(source.slice(ignoresCase ? CASELESS.length : 0), ignoresCase);
  try {
    return { root: reader.readAll(), ignoresCase };
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

/** Everything that the ranges leave out. */
function complement(ranges: readonly CharRange[]): CharRange[] {
  const left: CharRange[] = [];
  let next = 0;
  for (const [from, to] of ranges.toSorted((one, other) => one[0] - other[0])) {
    if (from > next) left.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next <= CODE_POINT_MAX) left.push([next, CODE_POINT_MAX]);
  return left;
}

const ASCII_MAX = 0x7f;
const LETTERS: readonly CharRange[] = [
  [0x41, 0x5a],
  [0x61, 0x7a],
];
const CASE_STEP = 0x20;

/** Only for ASCII: which letters from outside are the same is known to the engine alone. */
function inBothCases(ranges: readonly CharRange[]): CharRange[] {
  if (ranges.some(([, to]) => to > ASCII_MAX)) throw new NotUnderstood();
  const others = ranges.flatMap(([from, to]) =>
    LETTERS.flatMap(([first, last]): CharRange[] => {
      const step = first === 0x41 ? CASE_STEP : -CASE_STEP;
      const [low, high] = [Math.max(from, first), Math.min(to, last)];
      return low > high ? [] : [[low + step, high + step]];
    }),
  );
  return [...ranges, ...others];
}

class NotUnderstood extends Error {}

class TreeReader {
  readonly #source: string;
  readonly #ignoresCase: boolean;
  #at = 0;
  #depth = 0;

  constructor(source: string, ignoresCase: boolean) {
    this.#source = source;
    this.#ignoresCase = ignoresCase;
  }

  readAll(): PatternNode {
    const root = this.#readChoice();
    if (this.#at < this.#source.length) throw new NotUnderstood();
    return root;
  }

  #readChoice(): PatternNode {
    if (++this.#depth > DEPTH_MAX) throw new NotUnderstood();
    const options = [this.#readSequence()];
    while (this.#takes('|')) options.push(this.#readSequence());
    this.#depth--;
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options };
  }

  #readSequence(): PatternNode {
    const parts: PatternNode[] = [];
    for (let next = this.#peek(); next !== '' && next !== '|' && next !== ')'; next = this.#peek())
      parts.push(this.#readRepeated());
    return { kind: 'sequence', parts };
  }

  #readRepeated(): PatternNode {
    const part = this.#readAtom();
    const times = this.#readTimes();
    if (times === undefined) return part;
    this.#takes('?');
    if (this.#readTimes() !== undefined) throw new NotUnderstood();
    return { kind: 'repeat', part, ...times };
  }

  #readTimes(): { min: number; max: number } | undefined {
    if (this.#takes('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#takes('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#takes('?')) return { min: 0, max: 1 };
    const found = REPETITION.exec(this.#source.slice(this.#at, this.#at + 12));
    if (found === null) return undefined;
    this.#at += found[0].length;
    const min = Number(found[1]);
    if (found[2] === undefined) return { min, max: min };
    return { min, max: found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3]) };
  }

  #readAtom(): PatternNode {
    const letter = this.#take();
    if (letter === '(') return this.#readGroup();
    if (letter === '[') return { kind: 'char', ranges: this.#readClass() };
    if (letter === '.') return { kind: 'char', ranges: ANY_BUT_NEWLINE };
    if (letter === '^') return { kind: 'place', at: 'start' };
    if (letter === '$') return { kind: 'place', at: 'end' };
    if (letter === '\\') return this.#readEscape();
    return { kind: 'char', ranges: [oneChar(letter)] };
  }

  #readGroup(): PatternNode {
    if (this.#peek() === '?') {
      const opening = NAMED_GROUP.exec(this.#source.slice(this.#at))?.[0];
      if (opening !== undefined) this.#at += opening.length;
      else if (this.#source.startsWith('?:', this.#at)) this.#at += 2;
      else throw new NotUnderstood();
    }
    const inner = this.#readChoice();
    if (!this.#takes(')')) throw new NotUnderstood();
    return inner;
  }

  #readEscape(): PatternNode {
    const letter = this.#peek();
    if (letter === 'b' || letter === 'B') {
      this.#take();
      return { kind: 'place', at: letter === 'b' ? 'boundary' : 'inside' };
    }
    return { kind: 'char', ranges: this.#readEscapedChars() };
  }

  #readEscapedChars(): readonly CharRange[] {
    const letter = this.#take();
    const known = Object.hasOwn(CLASS_ESCAPES, letter) ? CLASS_ESCAPES[letter] : undefined;
    if (known !== undefined) return known;
    const code = Object.hasOwn(CHAR_ESCAPES, letter) ? CHAR_ESCAPES[letter] : undefined;
    if (code !== undefined) return [[code, code]];
    if (PUNCTUATION.test(letter)) return [oneChar(letter)];
    throw new NotUnderstood();
  }

  #readClass(): readonly CharRange[] {
    const isNegated = this.#takes('^');
    const ranges: CharRange[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const from = this.#readClassMember();
      const [only] = from;
      if (this.#peek() !== '-' || this.#source[this.#at + 1] === ']') {
        ranges.push(...from);
        continue;
      }
      this.#take();
      const [to] = this.#readClassMember();
      if (only === undefined || to === undefined || from.length > 1) throw new NotUnderstood();
      ranges.push([only[0], to[1]]);
    }
    this.#take();
    if (!isNegated) return ranges;
    return complement(this.#ignoresCase ? inBothCases(ranges) : ranges);
  }

  #readClassMember(): readonly CharRange[] {
    const letter = this.#take();
    if (letter === '' || letter === '[') throw new NotUnderstood();
    return letter === '\\' ? this.#readEscapedChars() : [oneChar(letter)];
  }

  #peek(): string {
    return this.#source[this.#at] ?? '';
  }

  #takes(letter: string): boolean {
    if (this.#source[this.#at] !== letter) return false;
    this.#at++;
    return true;
  }

  /** One whole character; empty at the end. */
  #take(): string {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) return '';
    const letter = String.fromCodePoint(code);
    this.#at += letter.length;
    return letter;
  }
}

function oneChar(letter: string): CharRange {
  const code = letter.codePointAt(0);
  if (code === undefined) throw new NotUnderstood();
  return [code, code];
}
