import type { MaskRule, Shape } from './rule.ts';
import { isMixed } from './validators.ts';

/**
 * One pass over a text that says which rules are worth running, and where a secret may begin.
 *
 * Every keyword is entered under a hash of its first three characters (`code | 32` folds the
 * case) into a table of 32,768 marks. A text's rolling three-character hash is looked up at each
 * position; only on a mark are the keywords compared in full. The beginnings of
 * secrets are entered in the same table, so that they cost nothing more. The same pass sees the
 * digit and token runs of the rules that have a shape instead of a keyword.
 */
export interface Prefilter {
  /** The result is valid until the next call. */
  scan(text: string): Scan;
}

export interface Scan {
  /** Indexes of the rules to run, ascending. */
  readonly rules: readonly number[];
  /** Positions where a secret's first three characters stand as they are. */
  readonly starts: readonly number[];
  /** Something can write a character otherwise, or break a line: then `starts` are not enough. */
  readonly forms: boolean;
}

interface Keyword {
  readonly text: string;
  readonly rule: number;
}

const GRAM_MASK = 0x7fff;
const KEYWORD_MARK = 1;
const SECRET_MARK = 2;
const CARD_DIGITS_MIN = 13;
const MIXED_RUN_MIN = 20;

const OTHER = 0;
const LETTER = 1;
const DIGIT = 2;
const DASH = 3;
const AT = 4;
const SPACE = 5;
/** Backslash, percent sign, ampersand, controls; and whatever is not ASCII. */
const FORM = 6;

const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => classOf(String.fromCharCode(code)));

const SHAPE_BITS: Readonly<Record<Shape, number>> = {
  'at-sign': 1,
  'card-digits': 2,
  'iban-head': 4,
  'ssn-dashes': 8,
  'mixed-run': 16,
  'any-digit': 32,
};
const ANY_DIGIT = SHAPE_BITS['any-digit'];
const CARD_DIGITS = SHAPE_BITS['card-digits'];
const FORM_SEEN = 64;

function classOf(char: string): number {
  if (/[A-Za-z_]/.test(char)) return LETTER;
  if (/[0-9]/.test(char)) return DIGIT;
  if (char === '-') return DASH;
  if (char === ' ') return SPACE;
  if (/[\\%&]|[^\t\x20-\x7e]/.test(char)) return FORM;
  return char === '@' ? AT : OTHER;
}

/** `secretGrams` are first three characters, as they may be spelled, of what must be found. */
export function createPrefilter(
  rules: readonly MaskRule[],
  secretGrams: Iterable<string> = [],
): Prefilter {
  const { marks, buckets } = indexKeywords(rules);
  for (const gram of secretGrams) marks[gramOf(gram)] = (marks[gramOf(gram)] ?? 0) | SECRET_MARK;
  const shaped = rules.flatMap((rule, index) =>
    rule.shape === undefined ? [] : [{ index, bit: SHAPE_BITS[rule.shape] }],
  );
  const shapeBits = shaped.reduce((bits, { bit }) => bits | bit, 0);
  const wanted = new Uint8Array(rules.length);
  const scan = { rules: [] as number[], starts: [] as number[], forms: false };
  const want = (index: number): void => {
    if (wanted[index] === 1) return;
    wanted[index] = 1;
    scan.rules.push(index);
  };
  const onGram = (text: string, at: number, gram: number): void => {
    if (((marks[gram] ?? 0) & SECRET_MARK) !== 0) scan.starts.push(at);
    for (const keyword of buckets[gram] ?? []) {
      if (standsAt(text, at, keyword.text)) want(keyword.rule);
    }
  };
  return {
    scan(text) {
      if (scan.starts.length > 0) scan.starts = [];
      if (scan.rules.length > 0) scan.rules = [];
      const all = scanText(text, marks, onGram);
      scan.forms = (all & FORM_SEEN) !== 0;
      const seen = all & shapeBits;
      if (seen !== 0) for (const { index, bit } of shaped) if ((bit & seen) !== 0) want(index);
      if (scan.rules.length === 0) return scan;
      for (const index of scan.rules) wanted[index] = 0;
      scan.rules.sort((a, b) => a - b);
      return scan;
    },
  };
}

function indexKeywords(rules: readonly MaskRule[]) {
  const marks = new Uint8Array(GRAM_MASK + 1);
  const buckets: Keyword[][] = [];
  rules.forEach((rule, index) => {
    for (const text of rule.keywords) {
      if (text.length < 3 || text !== text.toLowerCase()) {
        throw new Error(`keyword "${text}" must be lower case and have 3 characters or more`);
      }
      const gram = gramOf(text);
      marks[gram] = KEYWORD_MARK;
      buckets[gram] = [...(buckets[gram] ?? []), { text, rule: index }];
    }
  });
  return { marks, buckets };
}

/** Three characters roll through: the oldest is shifted out. */
function nextGram(gram: number, code: number): number {
  return ((gram << 5) ^ (code | 32)) & GRAM_MASK;
}

function gramOf(text: string): number {
  let gram = 0;
  for (let i = 0; i < 3; i++) gram = nextGram(gram, text.charCodeAt(i));
  return gram;
}

/** Compares character by character: no string is made, as this runs for many near misses. */
function standsAt(text: string, at: number, keyword: string): boolean {
  for (let i = 0; i < keyword.length; i++) {
    const code = text.charCodeAt(at + i);
    const lower = code >= 65 && code <= 90 ? code + 32 : code;
    if (lower !== keyword.charCodeAt(i)) return false;
  }
  return true;
}

// One loop on purpose: it runs over every character of every line a server prints.
function scanText(
  text: string,
  marks: Uint8Array,
  onGram: (text: string, at: number, gram: number) => void,
): number {
  let seen = 0;
  let gram = 0;
  let digits = 0;
  let runStart = 0;
  let previous = OTHER;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    gram = nextGram(gram, code);
    if (marks[gram] !== 0) {
      onGram(text, i - 2, gram);
    }
    const kind = code < 128 ? (CLASSES[code] as number) : FORM;
    if (kind === LETTER) {
      digits = 0;
    } else if (kind === DIGIT) {
      digits++;
      seen |= digits >= CARD_DIGITS_MIN ? ANY_DIGIT | CARD_DIGITS : ANY_DIGIT;
      if (digits === 2 && isIbanHead(text, i)) seen |= SHAPE_BITS['iban-head'];
    } else {
      if (kind === DASH) {
        if (isSsnDash(text, i)) seen |= SHAPE_BITS['ssn-dashes'];
      } else {
        if (i - runStart >= MIXED_RUN_MIN && isMixed(text.slice(runStart, i))) {
          seen |= SHAPE_BITS['mixed-run'];
        }
        runStart = i + 1;
        if (kind === AT) seen |= SHAPE_BITS['at-sign'];
        else if (kind === FORM) seen |= FORM_SEEN;
      }
      if (previous !== DIGIT || (kind !== SPACE && kind !== DASH)) digits = 0;
    }
    previous = kind;
  }
  if (text.length - runStart >= MIXED_RUN_MIN && isMixed(text.slice(runStart))) {
    seen |= SHAPE_BITS['mixed-run'];
  }
  return seen;
}

/** Two capitals before these two digits, and nothing of a word before them. */
function isIbanHead(text: string, at: number): boolean {
  return isCapital(text, at - 2) && isCapital(text, at - 3) && !isWordChar(text, at - 4);
}

function isCapital(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 65 && code <= 90;
}

function isWordChar(text: string, at: number): boolean {
  const kind = CLASSES[text.charCodeAt(at)];
  return (kind === LETTER && text.charAt(at) !== '_') || kind === DIGIT;
}

/** `ddd-dd-` around the dash at `at`. */
function isSsnDash(text: string, at: number): boolean {
  if (text.charCodeAt(at + 3) !== 45) return false;
  return /(?:^|\D)\d{3}-\d\d-$/.test(text.slice(Math.max(0, at - 4), at + 4));
}
