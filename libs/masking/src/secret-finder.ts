import { canBeginForm } from './char-forms.ts';
import {
  type Beginning,
  beginningsOf,
  indexNeedles,
  type NeedleIndex,
  nextOf,
} from './needle-index.ts';
import type { Scan } from './prefilter.ts';
import { createFragmentFinder } from './secret-fragments.ts';
import { needlesOf, type Secret } from './secret-needles.ts';
import {
  type OpenEnd,
  type SearchOptions,
  SecretSearch,
  type SecretsFound,
} from './secret-search.ts';
import { fillerEnd, fillerStart } from './text-gaps.ts';

/** Finds the secrets of one server in a text. */
export interface SecretFinder {
  /** How many sequences of characters are sought. */
  readonly size: number;
  /** How everything sought begins, for the prefilter. */
  readonly beginnings: readonly Beginning[];
  /** False when the text can neither hold nor go on with a secret, nor end with two of its characters. */
  mayFind(text: string, scan: Scan, before: readonly OpenEnd[]): boolean;
  /** All places of all secrets, and what the end of the text leaves open. */
  find(text: string, options: SearchOptions): SecretsFound;
  /** What two lines of ASCII in which nothing else is found show at their edges; absent: nothing. */
  readonly edges?: LineEdges;
  /** What a text leaves open in which `mayFind` sees nothing: its last character at most. */
  lastCharacter(text: string): readonly OpenEnd[];
}

/** Pairs of ASCII characters, at `first * 128 + second`. */
export interface LineEdges {
  /** 1 for two with which a line may not end: they begin a needle. */
  readonly ends: Uint8Array;
  /** 1 for a last character of a line and the first of the next that go on with a needle. */
  readonly joints: Uint8Array;
}

const NONE: readonly OpenEnd[] = [];

/** Prepares the search; a text costs little more than its places that look like a beginning. */
export function createSecretFinder(secrets: readonly Secret[]): SecretFinder {
  const needles = needlesOf(secrets);
  if (needles.length === 0) {
    const nothing = { spans: [], open: NONE };
    return {
      size: 0,
      beginnings: [],
      mayFind: () => false,
      find: () => nothing,
      lastCharacter: () => NONE,
    };
  }
  const index = indexNeedles(needles);
  const single = singleEnds(index);
  const fragments = createFragmentFinder(secrets);
  return {
    size: needles.length,
    edges: { ends: index.pairs, joints: jointsOf(single) },
    beginnings: [...needles.flatMap(beginningsOf), ...fragments.beginnings],
    mayFind: (text, { starts, forms }, before) =>
      forms || starts.length > 0 || endsWithPair(text, index) || goesOn(text, before),
    find(text, options) {
      const found = new SecretSearch(text, index, options).run();
      found.spans.push(...fragments.find(text, options.scan.starts));
      return found;
    },
    lastCharacter: (text) => {
      const last = single[text.charCodeAt(text.length - 1)];
      const trimmed = single[text.charCodeAt(fillerStart(text, text.length) - 1)];
      return last ?? trimmed ?? NONE;
    },
  };
}

/** For each ASCII character what a text leaves open that ends with it. */
function singleEnds({ byFirst }: NeedleIndex): (readonly OpenEnd[] | undefined)[] {
  return Array.from({ length: 128 }, (_, code) => {
    const needles = (byFirst.get(code) ?? []).filter((needle) => !needle.delimited);
    if (needles.length === 0) return undefined;
    const nexts = needles.map((needle) => nextOf(needle, 1));
    const next = nexts.includes(undefined) ? undefined : new Set(nexts.flatMap((all) => all ?? []));
    return [{ text: String.fromCharCode(code), starts: [0], next }];
  });
}

function jointsOf(single: readonly (readonly OpenEnd[] | undefined)[]): Uint8Array {
  const joints = new Uint8Array(128 * 128);
  for (const [last, open] of single.entries()) {
    for (let first = 0; open !== undefined && first < 128; first++) {
      if (goesOnWith(first, open)) joints[last * 128 + first] = 1;
    }
  }
  return joints;
}

/** The last two characters, indentation and box characters after them or not, begin a needle. */
function endsWithPair(text: string, { pairs }: NeedleIndex): boolean {
  const isPair = (end: number): boolean =>
    pairs[text.charCodeAt(end - 2) * 128 + text.charCodeAt(end - 1)] === 1;
  if (isPair(text.length)) return true;
  const trimmed = fillerStart(text, text.length);
  return trimmed < text.length && isPair(trimmed);
}

/** The text can begin with what its predecessor left open; most texts fail at one character. */
function goesOn(text: string, before: readonly OpenEnd[]): boolean {
  return before.length > 0 && goesOnWith(text.charCodeAt(fillerEnd(text, 0)), before);
}

/** The same for a text whose first character that is no filler is known. */
export function goesOnWith(code: number, before: readonly OpenEnd[]): boolean {
  return before.some(({ next }) => next === undefined || next.has(code) || canBeginForm(code));
}
