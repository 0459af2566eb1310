import {
  CARD_DIGITS_MIN,
  DASH,
  DIGIT,
  FORM_SEEN,
  IBAN_HEAD,
  isWordKind,
  KIND_BITS,
  KINDS,
  LOWER,
  rareShape,
  SHAPE_BITS,
  SIX_AND_DOT,
} from './char-kinds.ts';
import { GRAM_MASK, gramOf, type KeywordIndex, keywordIndexOf, standsAt } from './keyword-index.ts';
import type { SieveTables } from './line-sieve.ts';
import { type Beginning, hasBeginning } from './needle-index.ts';
import type { MaskRule } from './rule.ts';

/**
 * One pass over a text that says which rules are worth running, and where a secret may begin.
 *
 * Every keyword is entered under a hash of its first three characters into a table of 32,768
 * marks. A text's rolling three-character hash is looked up at each position; only on a mark are
 * the keywords compared in full. The beginnings of secrets are entered in the same table, so that
 * they cost nothing more. The same pass sees the runs of digits and marks of the rules that have a
 * shape instead of a keyword.
 */
export interface Prefilter {
  /** The result is valid until the next call. */
  scan(text: string): Scan;
  /** What a scan goes by. */
  readonly tables: Omit<SieveTables, 'edges' | 'watched'>;
}

export interface Scan {
  /** Indexes of the rules to run, ascending. */
  readonly rules: readonly number[];
  /** Positions where a secret's first characters, or three of its others, stand as they are. */
  readonly starts: readonly number[];
  /** Something can write a character otherwise, or break a line: then `starts` are not enough. */
  readonly forms: boolean;
}

const SECRET_MARK = 2;

/** `beginnings` are those of secrets. */
export function createPrefilter(
  rules: readonly MaskRule[],
  beginnings: readonly Beginning[] = [],
): Prefilter {
  return new TextScanner(rules, beginnings);
}

class TextScanner implements Prefilter {
  readonly #marks: Uint8Array;
  readonly #buckets: KeywordIndex['buckets'];
  readonly #beginnings = new Map<number, readonly Beginning[]>();
  /** Rules that some shape calls, and the bits of those shapes. */
  readonly #shaped: readonly (readonly [number, number])[];
  readonly #shapeBits: number;
  /** Bits without which a rule cannot match, by rule. */
  readonly #needs: Uint8Array;
  readonly #wanted: Uint8Array;
  readonly #scan = { rules: [] as number[], starts: [] as number[], forms: false };

  constructor(rules: readonly MaskRule[], beginnings: readonly Beginning[]) {
    const { marks, buckets } = keywordIndexOf(rules);
    this.#buckets = buckets;
    this.#marks = beginnings.length === 0 ? marks : marks.slice();
    for (const beginning of beginnings) {
      const hash = gramOf(beginning.gram);
      this.#marks[hash] = (this.#marks[hash] ?? 0) | SECRET_MARK;
      this.#beginnings.set(hash, [...(this.#beginnings.get(hash) ?? []), beginning]);
    }
    this.#shaped = rules.flatMap(({ shape }, index) =>
      shape === undefined ? [] : [[index, SHAPE_BITS[shape]] as const],
    );
    this.#shapeBits = this.#shaped.reduce((bits, [, bit]) => bits | bit, 0);
    this.#needs = Uint8Array.from(rules, ({ needs }) => (needs ? SHAPE_BITS[needs] : 0));
    this.#wanted = new Uint8Array(rules.length);
  }

  get tables(): Omit<SieveTables, 'edges' | 'watched'> {
    const shapeBits = this.#shapeBits;
    const beginnings = this.#beginnings;
    return { marks: this.#marks, buckets: this.#buckets, beginnings, shapeBits };
  }

  scan(text: string): Scan {
    const scan = this.#scan;
    if (scan.starts.length > 0) scan.starts = [];
    if (scan.rules.length > 0) scan.rules = [];
    const seen = this.#look(text);
    scan.forms = (seen & FORM_SEEN) !== 0;
    if ((seen & this.#shapeBits) !== 0) {
      for (const [index, bit] of this.#shaped) if ((bit & seen) !== 0) this.#want(index);
    }
    if (scan.rules.length > 0) this.#sortOut(seen);
    return scan;
  }

  #sortOut(seen: number): void {
    const needs = this.#needs;
    for (const index of this.#scan.rules) this.#wanted[index] = 0;
    this.#scan.rules = this.#scan.rules
      .filter((index) => (needs[index] === 0 ? true : ((needs[index] ?? 0) & seen) !== 0))
      .sort((a, b) => a - b);
  }

  #want(index: number): void {
    if (this.#wanted[index] === 1) return;
    this.#wanted[index] = 1;
    this.#scan.rules.push(index);
  }

  #onMark(text: string, at: number, gram: number): void {
    if (((this.#marks[gram] ?? 0) & SECRET_MARK) !== 0) this.#onSecretMark(text, at, gram);
    const keywords = this.#buckets.get(gram);
    if (keywords === undefined) return;
    for (const keyword of keywords) {
      if (standsAt(text, at, keyword.text)) this.#want(keyword.rule);
    }
  }

  #onSecretMark(text: string, at: number, gram: number): void {
    if (hasBeginning(text, at, this.#beginnings.get(gram) ?? [])) this.#scan.starts.push(at);
  }

  // One loop on purpose: it runs over every character of every line a server prints.
  #look(text: string): number {
    const marks = this.#marks;
    const { length } = text;
    let seen = 0;
    let gram = 0;
    let digits = 0;
    let peak = 0;
    let kinds = 0;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      gram = ((gram << 5) ^ (code | 32)) & GRAM_MASK;
      if (marks[gram] !== 0) this.#onMark(text, i - 2, gram);
      const kind = KINDS[code] as number;
      kinds = (kinds << KIND_BITS) | kind;
      if (kind === LOWER) {
        digits = 0;
      } else if (kind === DIGIT) {
        digits++;
        if (digits > peak) peak = digits;
        if ((kinds & 0xfff) === IBAN_HEAD && !isWordKind(kinds >> 12)) {
          seen |= SHAPE_BITS['iban-head'];
        }
      } else {
        if (code !== 32 && kind !== DASH) digits = 0;
        if (kind >= DASH) {
          seen |= rareShape(kinds, i < SIX_AND_DOT ? 0 : text.charCodeAt(i - SIX_AND_DOT));
        }
      }
    }
    if (peak >= CARD_DIGITS_MIN) seen |= SHAPE_BITS['card-digits'];
    return peak > 0 ? seen | SHAPE_BITS['any-digit'] : seen;
  }
}
