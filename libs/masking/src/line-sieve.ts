import {
  CARD_DIGITS_MIN,
  DASH,
  DIGIT,
  FORM,
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
import { GRAM_MASK, gramOf, type KeywordIndex } from './keyword-index.ts';
import { type Beginning, bytesHaveBeginning } from './needle-index.ts';
import type { LineEdges } from './secret-finder.ts';
import { isFiller } from './text-gaps.ts';

/** The whole lines of a chunk; valid until the next chunk is sifted, by whomever. */
export interface SiftedLines {
  readonly count: number;
  /** Where each line's LF is. */
  readonly ends: Uint32Array;
  /**
   * 0 for a line of printable ASCII and tabs that masking leaves as it is and that has none of the
   * watched words; 1 for one that must be looked at.
   */
  readonly marks: Uint8Array;
}

/** What the prefilter of texts looks for, to be looked for in bytes. */
export interface SieveTables {
  readonly marks: Uint8Array;
  readonly buckets: KeywordIndex['buckets'];
  readonly beginnings: ReadonlyMap<number, readonly Beginning[]>;
  readonly shapeBits: number;
  readonly edges: LineEdges | undefined;
  /** Lower case, three characters or more. */
  readonly watched: readonly string[];
}

const LF = 10;
const WATCH_MARK = 4;
/** Ordinary lines are longer; a chunk of shorter ones makes the arrays grow. */
const LINE_BYTES_USUAL = 16;

/** One for all: a chunk is sifted and used within one turn. */
const scratch = { count: 0, ends: new Uint32Array(0), marks: new Uint8Array(0) };

/**
 * The prefilter over the bytes of a whole chunk: it tells the lines that masking leaves as they
 * are, without making a text of them. In doubt a line is marked, and looked at as a text.
 */
export class LineSieve {
  readonly #tables: SieveTables;
  readonly #marks: Uint8Array;
  readonly #watched = new Map<number, string[]>();

  constructor(tables: SieveTables) {
    this.#tables = tables;
    this.#marks = tables.marks.slice();
    for (const word of tables.watched) {
      const gram = gramOf(word);
      this.#marks[gram] = (this.#marks[gram] ?? 0) | WATCH_MARK;
      this.#watched.set(gram, [...(this.#watched.get(gram) ?? []), word]);
    }
  }

  // One loop on purpose: it runs over every byte that servers print.
  sift(chunk: Uint8Array, from: number): SiftedLines {
    const marks = this.#marks;
    const { length } = chunk;
    let start = from;
    let seen = 0;
    let found = 0;
    let gram = 0;
    let digits = 0;
    let peak = 0;
    let kinds = 0;
    scratch.count = 0;
    for (let i = from; i < length; i++) {
      const code = chunk[i] as number;
      if (code === LF) {
        if (peak >= CARD_DIGITS_MIN) seen |= SHAPE_BITS['card-digits'];
        if (peak > 0) seen |= SHAPE_BITS['any-digit'];
        this.#endLine(chunk, { start, end: i, seen, found });
        start = i + 1;
        seen = found = gram = digits = peak = kinds = 0;
        continue;
      }
      gram = ((gram << 5) ^ (code | 32)) & GRAM_MASK;
      if (marks[gram] !== 0 && i - 2 >= start) found |= this.#onMark(chunk, i - 2, gram);
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
        if (kind === FORM && (code < 32 || code > 126)) found = 1;
        else if (kind >= DASH) {
          const before = i - SIX_AND_DOT;
          seen |= rareShape(kinds, before < start ? 0 : (chunk[before] as number));
        }
      }
    }
    return scratch;
  }

  #endLine(chunk: Uint8Array, line: Line): void {
    const at = scratch.count;
    if (at === scratch.ends.length) grow(chunk.length);
    scratch.ends[at] = line.end;
    scratch.marks[at] = line.found === 1 || this.#isTouched(chunk, line) ? 1 : 0;
    scratch.count = at + 1;
  }

  #isTouched(chunk: Uint8Array, { start, end, seen }: Line): boolean {
    const { shapeBits, edges } = this.#tables;
    if ((seen & shapeBits) !== 0 || end - start < 2) return true;
    const first = chunk[start] as number;
    const last = chunk[end - 1] as number;
    if (isFiller(first) || isFiller(last)) return true;
    if (edges === undefined) return false;
    if ((seen & FORM_SEEN) !== 0) return true;
    // What is not ASCII was found to be touched before.
    const before = start < 2 ? LF : (chunk[start - 2] as number);
    return (
      edges.ends[((chunk[end - 2] as number) << 7) | last] === 1 ||
      edges.joints[(before << 7) | first] === 1
    );
  }

  #onMark(chunk: Uint8Array, at: number, gram: number): 0 | 1 {
    const { buckets, beginnings } = this.#tables;
    for (const { text } of buckets.get(gram) ?? []) if (wordStandsAt(chunk, at, text)) return 1;
    for (const word of this.#watched.get(gram) ?? []) if (wordStandsAt(chunk, at, word)) return 1;
    const secrets = beginnings.get(gram);
    return secrets !== undefined && bytesHaveBeginning(chunk, at, secrets) ? 1 : 0;
  }
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly seen: number;
  readonly found: number;
}

function wordStandsAt(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    const code = bytes[at + i] as number;
    const lower = code >= 65 && code <= 90 ? code + 32 : code;
    if (lower !== word.charCodeAt(i)) return false;
  }
  return true;
}

function grow(chunkBytes: number): void {
  const least = Math.ceil(chunkBytes / LINE_BYTES_USUAL);
  const length = Math.max(least, 2 * scratch.ends.length, 1024);
  const { ends, marks } = scratch;
  scratch.ends = new Uint32Array(length);
  scratch.ends.set(ends);
  scratch.marks = new Uint8Array(length);
  scratch.marks.set(marks);
}
