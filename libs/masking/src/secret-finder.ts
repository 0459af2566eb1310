import { canBeginForm, visitForms } from './char-forms.ts';
import type { Scan } from './prefilter.ts';
import { foldCode, type Needle, needlesOf, type Secret } from './secret-needles.ts';
import type { Span } from './span.ts';

/** Finds the secrets of one server in a text. */
export interface SecretFinder {
  /** First three characters of everything sought, in each spelling, for the prefilter. */
  readonly grams: readonly string[];
  /** False when a text that was scanned so cannot hold a secret. */
  mayFind(scan: Scan, cut: boolean): boolean;
  /**
   * All places of all secrets. With `cut` the text was cut at its end, and the beginning of a
   * secret that reaches the end counts too.
   */
  find(text: string, scan: Scan, cut: boolean): Span[];
}

const CUT_CODES_MIN = 4;
/** Longest run of line break, indentation and box characters between two pieces. */
const GAP_CHARS_MAX = 240;
const FILLER = /[ \t│┃║|>▏▕▌▐·•┆┊*#]/;
const PLAIN = /[A-Za-z0-9]/;
const PLAIN_CODES = Uint8Array.from({ length: 128 }, (_, code) =>
  PLAIN.test(String.fromCharCode(code)) ? 1 : 0,
);

const GRAM_CODES = 3;

/** Prepares the search; a text costs little more than its places that look like a beginning. */
export function createSecretFinder(secrets: readonly Secret[]): SecretFinder {
  const needles = needlesOf(secrets);
  if (needles.length === 0) return { grams: [], mayFind: () => false, find: () => [] };
  const index = { byFirst: indexByFirst(needles), firsts: new Uint8Array(128) };
  for (const code of index.byFirst.keys()) if (code < 128) index.firsts[code] = 1;
  const short = needles.some((needle) => needle.codes.length < GRAM_CODES);
  return {
    grams: needles.flatMap(gramsOf),
    mayFind: ({ starts, forms }, cut) => short || cut || forms || starts.length > 0,
    find(text, { starts, forms }, cut) {
      const everywhere = short || cut || forms;
      return everywhere ? findEverywhere(text, cut, index) : findFrom(text, starts, index);
    },
  };
}

interface NeedleIndex {
  readonly byFirst: ReadonlyMap<number, readonly Needle[]>;
  /** 1 for the ASCII characters some needle begins with. */
  readonly firsts: Uint8Array;
}

function indexByFirst(needles: readonly Needle[]): Map<number, Needle[]> {
  const byFirst = new Map<number, Needle[]>();
  for (const needle of needles) {
    for (const code of spellings(needle.codes[0] ?? 0, needle)) {
      byFirst.set(code, [...(byFirst.get(code) ?? []), needle]);
    }
  }
  return byFirst;
}

/** The characters that fold to this one. */
function spellings(code: number, needle: Needle): number[] {
  const all = [code, code - 32, 45, 95];
  return [...new Set(all)].filter((each) => each >= 0 && foldCode(each, needle.fold) === code);
}

function gramsOf(needle: Needle): string[] {
  let grams = [''];
  for (const code of needle.codes.slice(0, GRAM_CODES)) {
    // A plus sign can be a URL's space, without any escape that gives it away.
    const codes = code === 32 ? [32, 43] : spellings(code, needle);
    grams = grams.flatMap((gram) => codes.map((each) => gram + String.fromCodePoint(each)));
  }
  return grams;
}

function findFrom(text: string, starts: readonly number[], index: NeedleIndex): Span[] {
  return starts.flatMap((at) => findAt(text, at, { cut: false, index }) ?? []);
}

/** Another secret may begin inside a found one and reach further, so no position is left out. */
function findEverywhere(text: string, cut: boolean, index: NeedleIndex): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const mayBegin = code < 128 && index.firsts[code] === 1;
    if (!mayBegin && !canBeginForm(code)) continue;
    const span = findAt(text, at, { cut, index });
    if (span !== undefined) spans.push(span);
  }
  return spans;
}

function findAt(
  text: string,
  at: number,
  { cut, index }: { cut: boolean; index: NeedleIndex },
): Span | undefined {
  let best: Span | undefined;
  visitForms(text, at, (code) => {
    for (const needle of index.byFirst.get(code) ?? []) {
      if (!cut && missesSecond(text, at, needle)) continue;
      const end = walk(text, at, { needle, cut });
      if (end < 0 || (best !== undefined && end <= best.end)) continue;
      if (needle.delimited && !isDelimited(text, at, end)) continue;
      best = spanOf(text, { at, end, needle });
    }
  });
  return best;
}

/** Most places fail at the second character; two plain ones tell it without a walk. */
function missesSecond(text: string, at: number, needle: Needle): boolean {
  const second = needle.codes[1];
  const code = text.charCodeAt(at + 1);
  if (second === undefined || !isPlain(text.charCodeAt(at)) || !isPlain(code)) return false;
  return foldCode(code, needle.fold) !== second;
}

function isPlain(code: number): boolean {
  return code < 128 && PLAIN_CODES[code] === 1;
}

function spanOf(
  text: string,
  { at, end, needle }: { at: number; end: number; needle: Needle },
): Span {
  const before = needle.partBefore > 0 && isBase64(text.charCodeAt(at - 1)) ? 1 : 0;
  const after = needle.partAfter > 0 && isBase64(text.charCodeAt(end)) ? 1 : 0;
  return { start: at - before, end: end + after, rule: needle.rule, value: needle.secret, rank: 0 };
}

/**
 * Follows a needle through the text with the set of all positions reached so far: a form can be
 * read in several ways (`%25`, runs of backslashes), and none may be missed. Returns the furthest
 * end, or -1.
 */
function walk(
  text: string,
  start: number,
  { needle, cut }: { needle: Needle; cut: boolean },
): number {
  let positions: number[] = [start];
  for (let i = 0; i < needle.codes.length; i++) {
    const code = needle.codes[i] ?? -1;
    const next = stepAll(text, positions, { code, needle, first: i === 0 });
    if (next.length === 0) {
      const reachedEnd = cut && i >= CUT_CODES_MIN && positions.includes(text.length);
      return reachedEnd ? text.length : -1;
    }
    positions = next;
  }
  return Math.max(...positions);
}

interface Step {
  readonly code: number;
  readonly needle: Needle;
  readonly first: boolean;
}

function stepAll(text: string, positions: readonly number[], step: Step): number[] {
  const only = positions.length === 1 ? (positions[0] ?? 0) : -1;
  const plain = only < 0 ? -1 : text.charCodeAt(only);
  if (only >= 0 && isPlain(plain)) {
    return foldCode(plain, step.needle.fold) === step.code ? [only + 1] : [];
  }
  const ends = new Set<number>();
  for (const at of positions) {
    stepForms(text, at, { step, ends });
    if (!step.first) for (const after of gapEnds(text, at)) stepForms(text, after, { step, ends });
  }
  return [...ends];
}

function stepForms(
  text: string,
  at: number,
  { step, ends }: { step: Step; ends: Set<number> },
): void {
  visitForms(text, at, (code, end) => {
    if (foldCode(code, step.needle.fold) === step.code) ends.add(end);
  });
}

/**
 * Where the next piece can begin when the text was wrapped here: after a line break, plain or
 * escaped, with indentation and box characters around it; or after something that shows nothing
 * (a colour sequence, a zero-width character).
 */
function gapEnds(text: string, at: number): number[] {
  const invisible = invisibleEnd(text, at);
  if (invisible > at) return [invisible];
  const lineEnd = fillerEnd(text, at);
  let from = lineBreakEnd(text, lineEnd);
  if (from < 0) return [];
  for (let again = lineBreakEnd(text, from); again >= 0; again = lineBreakEnd(text, from)) {
    from = again;
  }
  const last = fillerEnd(text, from);
  return Array.from({ length: last - from + 1 }, (_, i) => from + i);
}

function fillerEnd(text: string, at: number): number {
  let end = at;
  while (end - at < GAP_CHARS_MAX && FILLER.test(text.charAt(end))) end++;
  return end;
}

/** `\n`, `\r\n`, a shell's `\` before it, or the same JSON-escaped; -1 when there is none. */
function lineBreakEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 10) return at + 1;
  if (code === 13) return text.charCodeAt(at + 1) === 10 ? at + 2 : at + 1;
  if (code !== 92) return -1;
  let end = at;
  while (text.charCodeAt(end) === 92) end++;
  const next = text.charAt(end);
  return next === 'n' || next === 'r' || next === '\n' ? end + 1 : -1;
}

function invisibleEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x200b || code === 0x200d || code === 0xad || code === 0xfeff) return at + 1;
  if (code !== 0x1b || text.charAt(at + 1) !== '[') return at;
  let end = at + 2;
  while (end - at < 32 && /[0-9;:]/.test(text.charAt(end))) end++;
  return text.charAt(end) === 'm' ? end + 1 : at;
}

function isDelimited(text: string, start: number, end: number): boolean {
  return !isWordCode(text.charCodeAt(end)) && isWordStart(text, start);
}

function isWordStart(text: string, start: number): boolean {
  if (!isWordCode(text.charCodeAt(start - 1))) return true;
  // The letter before may belong to an escape: `\nab12`, `%3Dab12`, `\u003dab12`.
  return /(?:\\[nrtbf]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})$/.test(
    text.slice(Math.max(0, start - 6), start),
  );
}

function isWordCode(code: number): boolean {
  return code === 95 || (code < 128 && PLAIN_CODES[code] === 1) || code >= 0xc0;
}

function isBase64(code: number): boolean {
  return (
    (code < 128 && PLAIN_CODES[code] === 1) ||
    code === 43 ||
    code === 47 ||
    code === 45 ||
    code === 95
  );
}
