import { canBeginForm } from './char-forms.ts';
import { type Fold, foldCode, type Needle } from './secret-needles.ts';
import { fillerStart, isFiller } from './text-gaps.ts';

/** Needles by the character they begin with. */
export interface NeedleIndex {
  readonly byFirst: ReadonlyMap<number, readonly Needle[]>;
  /** 1 for the ASCII characters some needle begins with. */
  readonly firsts: Uint8Array;
  /** 1 for two ASCII characters some needle begins with, at `first * 128 + second`. */
  readonly pairs: Uint8Array;
}

const GRAM_CODES = 3;
const BEGINNING_CODES = 7;
const SPACE = 32;
const PLUS = 43;

/** What the prefilter looks for. */
export interface Beginning {
  /** The first three characters. */
  readonly gram: string;
  /** The few after them. */
  readonly next: readonly number[];
  readonly fold: Fold;
}

export function indexNeedles(needles: readonly Needle[]): NeedleIndex {
  const byFirst = new Map<number, Needle[]>();
  const firsts = new Uint8Array(128);
  const pairs = new Uint8Array(128 * 128);
  for (const needle of needles) {
    for (const code of spellings(needle.codes[0] ?? 0, needle)) {
      byFirst.set(code, [...(byFirst.get(code) ?? []), needle]);
      if (code >= 128) continue;
      firsts[code] = 1;
      for (const second of spellings(needle.codes[1] ?? 0, needle)) {
        if (second < 128) pairs[code * 128 + second] = 1;
      }
    }
  }
  return { byFirst, firsts, pairs };
}

/** The characters that fold to this one; a plus sign can be a URL's space. */
export function spellings(code: number, needle: Needle): number[] {
  if (code === SPACE) return [SPACE, PLUS];
  const all = [code, code - 32, 45, 95];
  return [...new Set(all)].filter((each) => each >= 0 && foldCode(each, needle.fold) === code);
}

/**
 * With which characters a text goes on with a needle of which it has the first `count`; undefined
 * when it can be any, as what is sought may be swallowed by a gap.
 */
export function nextOf(needle: Needle, count: number): readonly number[] | undefined {
  const code = needle.codes[count] ?? SPACE;
  return isFiller(code) ? undefined : spellings(code, needle);
}

/** How a needle begins, in each spelling. */
export function beginningsOf(needle: Needle): Beginning[] {
  const { codes, fold } = needle;
  let grams = [''];
  for (const code of codes.slice(0, GRAM_CODES)) {
    const all = spellings(code, needle);
    grams = grams.flatMap((gram) => all.map((each) => gram + String.fromCodePoint(each)));
  }
  const next = codes.slice(GRAM_CODES, BEGINNING_CODES);
  return grams.map((gram) => ({ gram, next, fold }));
}

/**
 * True when the text has one of the beginnings at `at`. Of what follows the first three
 * characters an escape, a gap or the end of the text cannot tell that it has not.
 */
export function hasBeginning(text: string, at: number, beginnings: readonly Beginning[]): boolean {
  return beginnings.some((each) => text.startsWith(each.gram, at) && mayGoOn(text, at, each));
}

/** {@link hasBeginning} for bytes of ASCII; the line ends with its LF, which ends the text. */
export function bytesHaveBeginning(
  bytes: Uint8Array,
  at: number,
  beginnings: readonly Beginning[],
): boolean {
  return beginnings.some((each) => isGramAt(bytes, at, each.gram) && mayGoOnIn(bytes, at, each));
}

function isGramAt(bytes: Uint8Array, at: number, gram: string): boolean {
  for (let i = 0; i < gram.length; i++) if (bytes[at + i] !== gram.charCodeAt(i)) return false;
  return true;
}

function mayGoOnIn(bytes: Uint8Array, at: number, { next, fold }: Beginning): boolean {
  for (let i = 0; i < next.length; i++) {
    const code = bytes[at + GRAM_CODES + i] ?? 0;
    if (mayHide(code)) return true;
    if (foldCode(code, fold) !== next[i]) return false;
  }
  return true;
}

/** The character may stand for another one, or be left out. */
function mayHide(code: number): boolean {
  return !(code > SPACE) || code === PLUS || canBeginForm(code) || isFiller(code);
}

function mayGoOn(text: string, at: number, { next, fold }: Beginning): boolean {
  for (let i = 0; i < next.length; i++) {
    const code = text.charCodeAt(at + GRAM_CODES + i);
    if (mayHide(code)) return true;
    if (foldCode(code, fold) !== next[i]) return false;
  }
  return true;
}

/**
 * Positions at which a needle can begin whose first three characters do not stand as they are:
 * two characters or less before an escape, before a gap, or before the end of the text.
 */
export function candidatesOf(text: string, { forms }: { readonly forms: boolean }): number[] {
  const found: number[] = [];
  let last = -1;
  const add = (at: number): void => {
    if (at <= last) return;
    found.push(at);
    last = at;
  };
  for (let at = 0; forms && at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (!canBeginForm(code) && (code >= SPACE || code === 9)) continue;
    addBefore(fillerStart(text, at), add);
    addBefore(at, add);
    add(at);
  }
  addBefore(fillerStart(text, text.length), add);
  addBefore(text.length, add);
  return found;
}

function addBefore(at: number, add: (at: number) => void): void {
  add(at - 2);
  add(at - 1);
}
