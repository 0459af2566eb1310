/** The kinds of characters that the rules with a shape instead of a keyword are about. */
import type { Shape } from './rule.ts';

export const CARD_DIGITS_MIN = 13;

// From DASH on they are rare.
export const OTHER = 0;
export const LOWER = 1;
export const CAPITAL = 2;
export const DIGIT = 3;
export const DASH = 4;
export const DOT = 5;
export const AT = 6;
/** Backslash, percent sign, ampersand, controls; and whatever is not ASCII. */
export const FORM = 7;
export const KIND_BITS = 3;

/** By UTF-16 code. */
export const KINDS = Uint8Array.from({ length: 0x10000 }, (_, code) =>
  code < 128 ? kindOf(String.fromCharCode(code)) : FORM,
);

export const SHAPE_BITS: Readonly<Record<Shape, number>> = {
  'at-sign': 1,
  'card-digits': 2,
  'iban-head': 4,
  'ssn-dashes': 8,
  'six-between-dots': 16,
  'any-digit': 32,
};
export const FORM_SEEN = 64;

export const IBAN_HEAD = sequence(CAPITAL, CAPITAL, DIGIT, DIGIT);
const SSN_HEAD = sequence(DIGIT, DIGIT, DIGIT, DASH, DIGIT, DIGIT, DASH);
/** How far before a dot the one stands that makes it `six-between-dots`. */
export const SIX_AND_DOT = 7;
const DOT_CODE = 46;

function kindOf(char: string): number {
  if (/[a-z]/.test(char)) return LOWER;
  if (/[A-Z]/.test(char)) return CAPITAL;
  if (/[0-9]/.test(char)) return DIGIT;
  if (char === '-') return DASH;
  if (char === '.') return DOT;
  if (/[\\%&]|[^\t\x20-\x7e]/.test(char)) return FORM;
  return char === '@' ? AT : OTHER;
}

/** Kinds one after the other as a scan keeps them, the last one lowest. */
function sequence(...kinds: number[]): number {
  return kinds.reduce((all, kind) => (all << KIND_BITS) | kind, 0);
}

/**
 * What a character of one of the rare kinds, the last of `kinds`, completes; `codeBefore` stands
 * {@link SIX_AND_DOT} characters before it, 0 when nothing does.
 */
export function rareShape(kinds: number, codeBefore: number): number {
  const kind = kinds & 7;
  if (kind === FORM) return FORM_SEEN;
  if (kind === AT) return SHAPE_BITS['at-sign'];
  if (kind === DOT) return codeBefore === DOT_CODE ? SHAPE_BITS['six-between-dots'] : 0;
  const isSsn = (kinds & 0x1fffff) === SSN_HEAD && ((kinds >> 21) & 7) !== DIGIT;
  return isSsn ? SHAPE_BITS['ssn-dashes'] : 0;
}

export function isWordKind(kinds: number): boolean {
  const kind = kinds & 7;
  return kind >= LOWER && kind <= DIGIT;
}
