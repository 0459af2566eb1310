import type { MaskRule, Shape } from './rule.ts';

/**
 * One pass over a text that says which rules are worth running.
 *
 * Every keyword is entered under its first three characters, five bits each (`code & 31` also
 * folds the case), into a table of 32,768 marks. A text's rolling three-character value is looked
 * up at each position; only on a mark are the keywords compared in full. The same pass keeps the
 * classes of the last five characters and the lengths of digit and token runs, for the rules
 * that have a shape instead of a keyword.
 */
export interface Prefilter {
  /** Indexes of the rules to run, ascending; a shared empty list for ordinary lines. */
  scan(text: string): readonly number[];
}

interface Keyword {
  readonly text: string;
  readonly rule: number;
}

const NONE: readonly number[] = [];
const GRAM_MASK = 0x7fff;
const RUN = 4;
const CARD_DIGITS_MIN = 13;
const MIXED_RUN_MIN = 20;

/** Class of each ASCII character: 1 upper case, 2 digit, 3 lower case, else 0; plus RUN. */
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => classOf(String.fromCharCode(code)));

const SHAPE_BITS: Readonly<Record<Shape, number>> = {
  'at-sign': 1,
  'card-digits': 2,
  'iban-head': 4,
  'ssn-dashes': 8,
  'mixed-run': 16,
  'any-digit': 32,
};

function classOf(char: string): number {
  if (/[A-Z]/.test(char)) return 1 | RUN;
  if (/[0-9]/.test(char)) return 2 | RUN;
  if (/[a-z]/.test(char)) return 3 | RUN;
  return /[_-]/.test(char) ? RUN : 0;
}

export function createPrefilter(rules: readonly MaskRule[]): Prefilter {
  const { marks, buckets } = indexKeywords(rules);
  const shapes = rules.map((rule) => (rule.shape === undefined ? 0 : SHAPE_BITS[rule.shape]));
  const wanted = new Uint8Array(rules.length);
  return {
    scan(text) {
      const shapesSeen = scanText(text, marks, (at, gram) => {
        for (const keyword of buckets.get(gram) ?? []) {
          if (wanted[keyword.rule] === 0 && standsAt(text, at, keyword.text)) {
            wanted[keyword.rule] = 1;
          }
        }
      });
      return collectWanted(wanted, shapes, shapesSeen);
    },
  };
}

function collectWanted(
  wanted: Uint8Array,
  shapes: readonly number[],
  seen: number,
): readonly number[] {
  if (seen === 0) return NONE;
  const found: number[] = [];
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === 1 || ((shapes[i] ?? 0) & seen) !== 0) found.push(i);
    wanted[i] = 0;
  }
  return found;
}

function indexKeywords(rules: readonly MaskRule[]) {
  const marks = new Uint8Array(GRAM_MASK + 1);
  const buckets = new Map<number, Keyword[]>();
  rules.forEach((rule, index) => {
    for (const text of rule.keywords) {
      const gram = gramOf(text);
      marks[gram] = 1;
      buckets.set(gram, [...(buckets.get(gram) ?? []), { text, rule: index }]);
    }
  });
  return { marks, buckets };
}

function gramOf(keyword: string): number {
  if (keyword.length < 3 || keyword !== keyword.toLowerCase()) {
    throw new Error(`keyword "${keyword}" must be lower case and have 3 characters or more`);
  }
  const [a, b, c] = [0, 1, 2].map((i) => keyword.charCodeAt(i) & 31);
  return ((a ?? 0) << 10) | ((b ?? 0) << 5) | (c ?? 0);
}

function standsAt(text: string, at: number, keyword: string): boolean {
  return text.slice(at, at + keyword.length).toLowerCase() === keyword;
}

const ANY_DIGIT = SHAPE_BITS['any-digit'];
const CARD_DIGITS = SHAPE_BITS['card-digits'];
/** Some keyword's first three characters were there. */
const GRAM_SEEN = 64;

// One loop on purpose: it runs over every character of every line a server prints.
function scanText(
  text: string,
  marks: Uint8Array,
  onGram: (at: number, gram: number) => void,
): number {
  let seen = 0;
  let gram = 0;
  let history = 0;
  let digits = 0;
  let run = 0;
  let runKinds = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    gram = ((gram << 5) | (code & 31)) & GRAM_MASK;
    if (marks[gram] === 1) {
      seen |= GRAM_SEEN;
      onGram(i - 2, gram);
    }
    const kind = code < 128 ? (CLASSES[code] as number) : 0;
    history = ((history << 2) | (kind & 3)) & 0x3ff;
    if ((kind & RUN) !== 0) {
      run++;
      runKinds |= 1 << (kind & 3);
    } else {
      if (run >= MIXED_RUN_MIN && (runKinds & 14) === 14) seen |= SHAPE_BITS['mixed-run'];
      run = 0;
      runKinds = 0;
    }
    if ((kind & 3) === 2) {
      digits++;
      seen |= digits >= CARD_DIGITS_MIN ? ANY_DIGIT | CARD_DIGITS : ANY_DIGIT;
      if (history === 0b0001011010) seen |= SHAPE_BITS['iban-head'];
    } else if (code === 45 || code === 32) {
      if (code === 45 && isSsnDash(text, i, history)) seen |= SHAPE_BITS['ssn-dashes'];
      if (((history >> 2) & 3) !== 2) digits = 0;
    } else {
      digits = 0;
      if (code === 64) seen |= SHAPE_BITS['at-sign'];
    }
  }
  if (run >= MIXED_RUN_MIN && (runKinds & 14) === 14) seen |= SHAPE_BITS['mixed-run'];
  return seen;
}

/** Exactly three digits before this dash, and another dash three characters on. */
function isSsnDash(text: string, at: number, history: number): boolean {
  const threeDigits = ((history >> 2) & 0x3f) === 0b101010 && history >> 8 !== 2;
  return threeDigits && text.charCodeAt(at + 3) === 45;
}
