import { canBeginForm, visitForms } from './char-forms.ts';
import { candidatesOf, type NeedleIndex, nextOf } from './needle-index.ts';
import { endsInForm, isPlain, NeedleWalk, type StepBudget } from './needle-walk.ts';
import type { Scan } from './prefilter.ts';
import { foldCode, type Needle } from './secret-needles.ts';
import type { Span } from './span.ts';
import { fillerEnd, fillerStart } from './text-gaps.ts';
import { isBase64, isDelimited } from './word-edges.ts';

/** The end of a text with which a secret may begin, kept for the text that follows. */
export interface OpenEnd {
  readonly text: string;
  /** Positions in it from which a needle reaches its end, ascending. */
  readonly starts: readonly number[];
  /** Characters that go on with one of them; undefined when it can be any. */
  readonly next: ReadonlySet<number> | undefined;
}

export interface SearchOptions {
  readonly scan: Pick<Scan, 'starts' | 'forms'>;
  readonly budget: StepBudget;
  /** The text was cut at its end: less of a secret there is enough. */
  readonly cut: boolean;
  /** What the text before this one left open. */
  readonly before: readonly OpenEnd[];
}

export interface SecretsFound {
  readonly spans: Span[];
  readonly open: readonly OpenEnd[];
}

const CUT_CODES_MIN = 4;
const OPEN_STARTS_MAX = 64;
const OPEN_ENDS_MAX = 4;
/** A long key with every character as `\uXXXX` does not fit; everything usual does. */
const OPEN_CHARS_MAX = 32 * 1024;

/** One search of one text. */
export class SecretSearch {
  readonly #text: string;
  readonly #index: NeedleIndex;
  readonly #options: SearchOptions;
  readonly #walk: NeedleWalk;
  readonly #spans: Span[] = [];
  readonly #open: OpenEnd[] = [];
  #openStarts: number[] = [];
  /** Created when it is needed: most searches leave nothing open. */
  #next: Set<number> | undefined;
  #isNextKnown = true;

  constructor(text: string, index: NeedleIndex, options: SearchOptions) {
    this.#text = text;
    this.#index = index;
    this.#options = options;
    this.#walk = new NeedleWalk(options.budget);
  }

  run(): SecretsFound {
    for (const end of this.#options.before) this.#goOn(end);
    this.#searchInside();
    return { spans: this.#spans, open: this.#open };
  }

  #searchInside(): void {
    const text = this.#text;
    const { starts, forms } = this.#options.scan;
    this.#fromEach(starts);
    this.#fromEach(candidatesOf(text, { forms }));
    this.#leaveOpen(text);
  }

  #fromEach(positions: readonly number[]): void {
    for (const at of positions) {
      if (this.#options.budget.left < 0) return;
      const code = this.#text.charCodeAt(at);
      if (code < 128 && this.#index.firsts[code] !== 1 && !canBeginForm(code)) continue;
      const span = this.#at(this.#text, at, 0);
      if (span !== undefined) this.#spans.push(span);
    }
  }

  /** Follows what the text before left open into this one. */
  #goOn(end: OpenEnd): void {
    for (const { joined, offset, least } of joinings(end.text, this.#text)) {
      for (const start of end.starts) {
        const span = this.#at(joined, start, least);
        if (span === undefined) continue;
        const from = Math.max(0, span.start - offset);
        this.#spans.push({ ...span, start: from, end: span.end - offset });
      }
      this.#leaveOpen(joined);
    }
  }

  #leaveOpen(text: string): void {
    if (this.#openStarts.length === 0) return;
    const starts = [...new Set(this.#openStarts)].sort((a, b) => a - b).slice(0, OPEN_STARTS_MAX);
    const from = starts[0];
    const fits = from !== undefined && text.length - from <= OPEN_CHARS_MAX;
    if (fits && this.#open.length < OPEN_ENDS_MAX) {
      const at = starts.map((start) => start - from);
      const next = this.#isNextKnown ? this.#next : undefined;
      this.#open.push({ text: text.slice(from), starts: at, next });
    }
    this.#openStarts = [];
    this.#next = undefined;
    this.#isNextKnown = true;
  }

  /** The furthest of the needles that begin at `at`, if it ends after `least`. */
  #at(text: string, at: number, least: number): Span | undefined {
    let best: Span | undefined;
    const { budget } = this.#options;
    let last = -1;
    visitForms(text, at, (code) => {
      budget.left--;
      if (code === last) return;
      last = code;
      for (const needle of this.#index.byFirst.get(code) ?? []) {
        if (missesSecond(text, at, needle)) continue;
        const end = this.#endOf(text, at, needle);
        if (end <= Math.max(least, best?.end ?? -1)) continue;
        if (needle.delimited && !isDelimited(text, at, end)) continue;
        best = spanOf(text, { at, end, needle });
      }
    });
    if (endsInForm(text, at)) this.#noteOpen(at, undefined);
    return best;
  }

  #endOf(text: string, at: number, needle: Needle): number {
    const { end, open, openEnd, undecided } = this.#walk.from(text, at, needle);
    if (end >= 0) return end;
    if (open < 1 || needle.delimited) return -1;
    this.#noteOpen(at, undecided ? undefined : nextOf(needle, open));
    // Half an escape may show the character it stands for: `&am`.
    const shown = undecided ? open + 1 : open;
    if (shown < (this.#options.cut ? CUT_CODES_MIN : needle.openMin)) return -1;
    return openEnd;
  }

  #noteOpen(at: number, next: readonly number[] | undefined): void {
    this.#openStarts.push(at);
    if (next === undefined) this.#isNextKnown = false;
    this.#next ??= new Set();
    for (const code of next ?? []) this.#next.add(code);
  }
}

interface Joining {
  readonly joined: string;
  /** What to take off a position in `joined` to have it in the second text. */
  readonly offset: number;
  /** Where the first text ends. */
  readonly least: number;
}

/**
 * A value goes on after a line's end and indentation; or where it stopped, in the middle of an
 * escape too, with indentation between or without.
 */
function joinings(first: string, second: string): Joining[] {
  const { length } = first;
  const plain = [
    { joined: `${first}\n${second}`, offset: length + 1, least: length + 1 },
    { joined: first + second, offset: length, least: length },
  ];
  // `#` and `*` draw boxes, and may as well belong to the value.
  const ends = new Set([fillerStart(first, length), first.trimEnd().length]);
  const indent = fillerEnd(second, 0);
  const begins = new Set([indent, second.slice(0, indent).search(/[^ \t]*$/)]);
  const trimmed = [...ends].flatMap((least) =>
    [...begins].map((from) => ({
      joined: first.slice(0, least) + second.slice(from),
      offset: least - from,
      least,
    })),
  );
  return [...plain, ...trimmed.filter(({ offset }) => offset !== length)];
}

/** Most places fail at the second character; two plain ones tell it without a walk. */
function missesSecond(text: string, at: number, needle: Needle): boolean {
  const second = needle.codes[1];
  const code = text.charCodeAt(at + 1);
  if (second === undefined || !isPlain(text.charCodeAt(at)) || !isPlain(code)) return false;
  return foldCode(code, needle.fold) !== second;
}

function spanOf(
  text: string,
  { at, end, needle }: { at: number; end: number; needle: Needle },
): Span {
  const before = needle.partBefore > 0 && isBase64(text.charCodeAt(at - 1)) ? 1 : 0;
  const after = needle.partAfter > 0 && isBase64(text.charCodeAt(end)) ? 1 : 0;
  return { start: at - before, end: end + after, rule: needle.rule, value: needle.secret, rank: 0 };
}
