import type { Beginning } from './needle-index.ts';
import { type Secret, secretRule, valuesOf, vendorHead } from './secret-needles.ts';
import type { Span } from './span.ts';
import { isMixed, shannonBits } from './validators.ts';

/**
 * Finds parts of secrets that look generated: what a server shows of a token when it shortens it,
 * or puts each half of it into a record of its own. Any 8 characters of such a secret are found;
 * of secrets that people choose only the whole is sought, as their parts are words.
 */
export interface FragmentFinder {
  /** Three characters of every run of 8, for the prefilter. */
  readonly beginnings: readonly Beginning[];
  /** Parts of secrets around positions at which one of those grams stands. */
  find(text: string, positions: readonly number[]): Span[];
}

interface Source {
  readonly rule: string;
  readonly value: string;
  /** Characters at its beginning that its vendor gives to every token. */
  readonly head: number;
}

interface Anchor {
  readonly source: Source;
  readonly offset: number;
}

const FRAGMENT_CHARS_MIN = 8;
const GRAM_CHARS = 3;
/** Each run of 8 characters holds six grams, and so one at a multiple of six. */
const STRIDE = FRAGMENT_CHARS_MIN - GRAM_CHARS + 1;
const SOURCE_CHARS_MIN = 16;
const SOURCE_BITS_MIN = 3;
const DISTINCT_MIN = 5;

export function createFragmentFinder(secrets: readonly Secret[]): FragmentFinder {
  const anchors = new Map<string, Anchor[]>();
  for (const source of secrets.flatMap(sourcesOf)) {
    for (let offset = 0; offset + GRAM_CHARS <= source.value.length; offset += STRIDE) {
      const gram = source.value.slice(offset, offset + GRAM_CHARS);
      anchors.set(gram, [...(anchors.get(gram) ?? []), { source, offset }]);
    }
  }
  return {
    beginnings: [...anchors.keys()].map((gram) => ({ gram, next: [], fold: 'exact' })),
    find: (text, positions) => (anchors.size === 0 ? [] : findAll(text, positions, anchors)),
  };
}

function sourcesOf({ name, value }: Secret): Source[] {
  if (value.trim().includes('\n')) return [];
  return valuesOf(value)
    .filter(looksGenerated)
    .map((each) => ({ rule: secretRule(name), value: each, head: vendorHead(each) }));
}

function looksGenerated(value: string): boolean {
  if (value.length < SOURCE_CHARS_MIN || shannonBits(value) < SOURCE_BITS_MIN) return false;
  if (/^[0-9a-f-]+$/i.test(value)) return true;
  const isKey = /^[A-Za-z0-9_.~-]+$/.test(value) || /^[A-Za-z0-9+/]+={0,2}$/.test(value);
  return isKey && isMixed(value);
}

function findAll(
  text: string,
  positions: readonly number[],
  anchors: ReadonlyMap<string, readonly Anchor[]>,
): Span[] {
  const spans: Span[] = [];
  let covered = 0;
  for (const at of positions) {
    if (at < covered) continue;
    for (const anchor of anchors.get(text.slice(at, at + GRAM_CHARS)) ?? []) {
      const span = fragmentAt(text, at, anchor);
      if (span === undefined) continue;
      spans.push(span);
      covered = Math.max(covered, span.end);
    }
  }
  return spans;
}

/** The longest part of the secret that stands around the anchor. */
function fragmentAt(text: string, at: number, { source, offset }: Anchor): Span | undefined {
  const { value, head, rule } = source;
  let from = offset;
  while (from > 0 && text.charCodeAt(at - offset + from - 1) === value.charCodeAt(from - 1)) from--;
  let to = offset;
  while (to < value.length && text.charCodeAt(at - offset + to) === value.charCodeAt(to)) to++;
  if (to - Math.max(from, head) < FRAGMENT_CHARS_MIN) return undefined;
  if (!isTelling(value.slice(Math.max(from, head), to))) return undefined;
  return { start: at - offset + from, end: at - offset + to, rule, value, rank: 0 };
}

/** Not what ordinary text has as well: a word, a filler of one digit, the date. */
function isTelling(fragment: string): boolean {
  if (new Set(fragment).size < DISTINCT_MIN || /^[A-Z]+$|^20\d\d[-/]?\d\d/.test(fragment)) {
    return false;
  }
  return /[^A-Za-z._-]|[A-Z][A-Z._-]|[A-Z]$|[._-]{2}/.test(fragment);
}
