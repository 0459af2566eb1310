import type { Buffer } from 'node:buffer';
import { createLineMasker, type LineMasker, type PassedLines } from './line-masker.ts';
import { LineSieve, type SiftedLines } from './line-sieve.ts';
import { createMarker, type Marker } from './marker.ts';
import { type MaskCounters, MaskCounting } from './mask-counters.ts';
import type { StepBudget } from './needle-walk.ts';
import { createPrefilter, type Prefilter, type Scan } from './prefilter.ts';
import type { MaskRule, PersonalData } from './rule.ts';
import { findByRule } from './rule-finder.ts';
import { MASK_RULES } from './rules.ts';
import { createSecretFinder, type SecretFinder } from './secret-finder.ts';
import { type Secret, WORD_CHARS_MIN } from './secret-needles.ts';
import type { OpenEnd } from './secret-search.ts';
import { mergeSpans, replaceSpans, type Span } from './span.ts';

export interface MaskerOptions {
  /** Values given to the server; masked in every form they are usually written in. */
  readonly secrets?: readonly Secret[];
  /** Switches over {@link PERSONAL_DATA_DEFAULTS}. */
  readonly personalData?: Partial<Record<PersonalData, boolean>>;
  /** With it a marker ends in `#` and 8 hex digits of HMAC-SHA256: same secret, same digits. */
  readonly hashKey?: Buffer;
  /**
   * Milliseconds the rules may take for one text; a text that takes longer twice is not shown.
   * Default 250.
   */
  readonly timeBudgetMs?: number;
  /** Words for which {@link LineMasker.sift} marks a line; lower case, three characters or more. */
  readonly watchedWords?: readonly string[];
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
}

/** Masks the output of one server. Not shared between servers: each has its own secrets. */
export interface Masker {
  /** Masks a text; the same string comes back when nothing was found. */
  mask(text: string): string;
  /**
   * Masks a text that was cut at its end: a short beginning of a secret there is masked too, and
   * so is the unfinished last word (`[masked:cut]`), which no rule can judge.
   */
  maskCut(text: string): string;
  /** Begins a stream that is masked record by record; one per stream, as a secret may span them. */
  createLineMasker(): LineMasker;
  counters(): MaskCounters;
  /** Names of secrets too short to be masked (below 3 characters); for whoever configures them. */
  readonly unmaskable: readonly string[];
}

/** What surrounds a text in its stream. */
export interface TextPlace {
  readonly cut: boolean;
  readonly before: readonly OpenEnd[];
}

export interface MaskedText {
  readonly text: string;
  readonly open: readonly OpenEnd[];
}

/**
 * On: what identifies or harms a person and has a checksum or an unmistakable form. Off: `ip`,
 * which is how operators tell clients apart, and `phone`, whose forms ordinary numbers share.
 */
export const PERSONAL_DATA_DEFAULTS: Readonly<Record<PersonalData, boolean>> = {
  email: true,
  card: true,
  iban: true,
  ssn: true,
  phone: false,
  ip: false,
};

const TIME_BUDGET_MS = 250;
/** Steps of the secret search: ten times what ordinary texts full of escapes take. */
const STEPS_PER_CHARACTER = 24;
/** A server with many secrets has more to follow at each character. */
const STEPS_PER_NEEDLE = 0.1;
const STEPS_BASE = 50_000;
const TIME_BUDGET_RULE = 'time-budget';
const CUT_RULE = 'cut';
const CUT_WORD_MIN = 8;
const CUT_WORD_MAX = 4096;
const NOTHING_OPEN: readonly OpenEnd[] = [];
const ALONE: TextPlace = { cut: false, before: NOTHING_OPEN };
const ALONE_CUT: TextPlace = { cut: true, before: NOTHING_OPEN };

export function createMasker(options: MaskerOptions = {}): Masker {
  const { secrets = [] } = options;
  const personalData = { ...PERSONAL_DATA_DEFAULTS, ...options.personalData };
  const rules = MASK_RULES.filter((rule) => rule.data === undefined || personalData[rule.data]);
  const masking = new Masking(rules, options);
  return {
    mask: (text) => masking.mask(text, ALONE).text,
    maskCut: (text) => masking.mask(text, ALONE_CUT).text,
    createLineMasker: () => createLineMasker(masking),
    counters: () => masking.counting,
    unmaskable: secrets
      .filter(({ value }) => value.trim().length < WORD_CHARS_MIN)
      .map(({ name }) => name),
  };
}

class Masking {
  readonly counting = new MaskCounting();
  readonly #rules: readonly MaskRule[];
  readonly #prefilter: Prefilter;
  readonly #secrets: SecretFinder;
  readonly #marker: Marker;
  readonly #stepsPerCharacter: number;
  readonly #timeBudgetMs: number;
  readonly #now: () => number;
  readonly #watched: readonly string[];
  /** Made for the first chunk: most servers never print so much at once. */
  #sieve: LineSieve | undefined;

  constructor(rules: readonly MaskRule[], options: MaskerOptions) {
    const { secrets = [], hashKey, timeBudgetMs = TIME_BUDGET_MS } = options;
    this.#rules = rules;
    this.#secrets = createSecretFinder(secrets);
    this.#prefilter = createPrefilter(rules, this.#secrets.beginnings);
    this.#marker = createMarker({ rules, secrets, hashKey });
    this.#stepsPerCharacter = STEPS_PER_CHARACTER + STEPS_PER_NEEDLE * this.#secrets.size;
    this.#timeBudgetMs = timeBudgetMs;
    this.#now = options.now ?? (() => performance.now());
    this.#watched = options.watchedWords ?? [];
  }

  sift(chunk: Uint8Array, from: number): SiftedLines {
    this.#sieve ??= new LineSieve({
      ...this.#prefilter.tables,
      edges: this.#secrets.edges,
      watched: this.#watched,
    });
    return this.#sieve.sift(chunk, from);
  }

  /** Counts lines that a sieve found to stay as they are, and returns what the last leaves open. */
  pass({ lines, characters, last }: PassedLines): readonly OpenEnd[] {
    this.counting.texts += lines;
    this.counting.characters += characters;
    return this.#secrets.lastCharacter(String.fromCharCode(last));
  }

  mask(text: string, place: TextPlace): MaskedText {
    const { counting } = this;
    counting.texts++;
    counting.characters += text.length;
    const scan = this.#prefilter.scan(text);
    const maySecret = this.#secrets.mayFind(text, scan, place.before) || place.cut;
    if (scan.rules.length === 0 && !maySecret) {
      return { text, open: this.#secrets.lastCharacter(text) };
    }
    const budget: StepBudget = { left: STEPS_BASE + this.#stepsPerCharacter * text.length };
    const found = maySecret ? this.#secrets.find(text, { scan, budget, ...place }) : undefined;
    // A process that had to wait for the machine ran over its time too: it may try once more.
    const byRule =
      budget.left < 0 ? undefined : (this.#byRules(text, scan) ?? this.#byRules(text, scan));
    if (byRule === undefined) return this.#giveUp(text);
    const spans = [...(found?.spans ?? []), ...byRule, ...(place.cut ? cutWord(text) : [])];
    return {
      text: spans.length === 0 ? text : this.#replace(text, spans),
      open: found?.open ?? this.#secrets.lastCharacter(text),
    };
  }

  /** Undefined when it took too long. */
  #byRules(text: string, scan: Scan): Span[] | undefined {
    if (scan.rules.length === 0) return [];
    const deadline = this.#now() + this.#timeBudgetMs;
    const spans: Span[] = [];
    for (const index of scan.rules) {
      if (this.#now() > deadline) return undefined;
      for (const span of findByRule(text, this.#rules[index] as MaskRule)) spans.push(span);
    }
    return this.#now() > deadline ? undefined : spans;
  }

  /** Counts and returns what stands in place of a whole line. */
  maskWhole(line: string, rule: string): string {
    this.counting.maskedTexts++;
    return this.#mark(rule, line.trim());
  }

  /** Nothing of a text is shown that could not be looked through. */
  #giveUp(text: string): MaskedText {
    this.counting.overBudget++;
    this.counting.maskedTexts++;
    this.counting.countSpan(TIME_BUDGET_RULE);
    return { text: `[masked:${TIME_BUDGET_RULE}:${text.length}]`, open: NOTHING_OPEN };
  }

  #replace(text: string, spans: readonly Span[]): string {
    const kept = mergeSpans(this.#marker.outside(text, spans));
    if (kept.length === 0) return text;
    this.counting.maskedTexts++;
    return replaceSpans(text, kept, ({ rule, value }) => this.#mark(rule, value));
  }

  #mark(rule: string, value: string): string {
    this.counting.countSpan(rule);
    return this.#marker.mark(rule, value);
  }
}

/** The unfinished last word of a text that was cut. */
function cutWord(text: string): Span[] {
  let start = text.length;
  const least = Math.max(0, text.length - CUT_WORD_MAX);
  while (start > least && /[A-Za-z0-9_\-+/=.~%\\]/.test(text.charAt(start - 1))) start--;
  if (text.length - start < CUT_WORD_MIN) return [];
  return [{ start, end: text.length, rule: CUT_RULE, value: text.slice(start), rank: 3 }];
}
