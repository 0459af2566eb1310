import {
  AT,
  CAPITAL,
  CARD_DIGITS_MIN,
  DASH,
  DIGIT,
  DOT,
  FORM,
  isWordKind,
  KIND_BITS,
  KINDS,
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
const SPACE = 32;
const DOT_CODE = 46;
const DASH_CODE = 45;
const CAPITAL_FIRST = 65;
const CAPITAL_LAST = 90;
const NUMBER_SHAPES = SHAPE_BITS['card-digits'] | SHAPE_BITS['ssn-dashes'];
/** Ordinary lines are longer; a chunk of shorter ones makes the arrays grow. */
const LINE_BYTES_USUAL = 16;

// What a byte is to the sieve; nothing for most.
const WATCH_MARK = 4;
const LINE_END = 8;
const DOT_SEEN = 16;
const TOUCHING = 32;

/** Digits, and what may stand between those of a card or a social security number. */
const IN_NUMBER = Uint8Array.from({ length: 256 }, (_, code) =>
  (code >= 48 && code <= 57) || code === SPACE || code === DASH_CODE ? 1 : 0,
);
/** `078-05-` has so many characters; a longer one holds one at each such step. */
const NUMBER_STEP = 7;

/** One for all: a chunk is sifted and used within one turn. */
const scratch = { count: 0, ends: new Uint32Array(0), marks: new Uint8Array(0) };

/**
 * The prefilter over the bytes of a whole chunk: it tells the lines that masking leaves as they
 * are, without making a text of them. In doubt a line is marked, and looked at as a text.
 */
export class LineSieve {
  readonly #tables: SieveTables;
  readonly #marks: Uint8Array;
  readonly #bytes: Uint8Array;
  readonly #watched = new Map<number, string[]>();

  constructor(tables: SieveTables) {
    this.#tables = tables;
    this.#bytes = bytesFor(tables);
    this.#marks = tables.marks.slice();
    for (const word of tables.watched) {
      const gram = gramOf(word);
      this.#marks[gram] = (this.#marks[gram] ?? 0) | WATCH_MARK;
      this.#watched.set(gram, [...(this.#watched.get(gram) ?? []), word]);
    }
  }

  sift(chunk: Uint8Array, from: number): SiftedLines {
    const tables = { marks: this.#marks, bytes: this.#bytes };
    const { length } = chunk;
    let start = from;
    let found = 0;
    scratch.count = 0;
    for (let i = nextSeen(chunk, from, tables); i < length; i = nextSeen(chunk, i + 1, tables)) {
      const code = chunk[i] as number;
      const seen = tables.bytes[code] as number;
      if (seen === LINE_END) {
        this.#endLine(chunk, { start, end: i, found });
        start = i + 1;
        found = 0;
      } else if (seen === TOUCHING) found = 1;
      else if (found === 0 && i - 2 >= start) {
        const gram = gramAt(chunk, i);
        if (tables.marks[gram] !== 0) found = this.#onMark(chunk, i - 2, gram);
        const before = i - SIX_AND_DOT;
        if (seen === DOT_SEEN && before >= start && chunk[before] === DOT_CODE) found = 1;
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

  #isTouched(chunk: Uint8Array, { start, end }: Line): boolean {
    const { shapeBits, edges } = this.#tables;
    if (end - start < 2) return true;
    const first = chunk[start] as number;
    const last = chunk[end - 1] as number;
    if (isFiller(first) || isFiller(last)) return true;
    if ((shapeBits & SHAPE_BITS['iban-head']) !== 0 && hasIbanHead(chunk, start, end)) return true;
    if ((shapeBits & NUMBER_SHAPES) !== 0 && (numbersIn(chunk, start, end) & shapeBits) !== 0) {
      return true;
    }
    if (edges === undefined) return false;
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

interface ByteTables {
  readonly marks: Uint8Array;
  readonly bytes: Uint8Array;
}

/** The next byte that means something, or completes a marked gram. */
function nextSeen(chunk: Uint8Array, from: number, { marks, bytes }: ByteTables): number {
  const { length } = chunk;
  let gram = from < 2 ? 0 : gramAt(chunk, from - 1);
  for (let i = from; i < length; i++) {
    const code = chunk[i] as number;
    gram = ((gram << 5) ^ (code | 32)) & GRAM_MASK;
    if (((marks[gram] as number) | (bytes[code] as number)) !== 0) return i;
  }
  return length;
}

/** Of the three bytes that end at `at`. */
function gramAt(chunk: Uint8Array, at: number): number {
  const first = (chunk[at - 2] ?? 0) | 32;
  const second = (chunk[at - 1] as number) | 32;
  return ((first << 10) ^ (second << 5) ^ ((chunk[at] as number) | 32)) & GRAM_MASK;
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly found: number;
}

/** What each byte is to {@link LineSieve.sift}. */
function bytesFor({ shapeBits, edges }: SieveTables): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => {
    const kind = KINDS[code] as number;
    if (code === LF) return LINE_END;
    if (kind === FORM) return code < 32 || code > 126 || edges !== undefined ? TOUCHING : 0;
    if (kind === AT) return (shapeBits & SHAPE_BITS['at-sign']) !== 0 ? TOUCHING : 0;
    if (kind === DIGIT) return (shapeBits & SHAPE_BITS['any-digit']) !== 0 ? TOUCHING : 0;
    if (kind === DOT) return (shapeBits & SHAPE_BITS['six-between-dots']) !== 0 ? DOT_SEEN : 0;
    return 0;
  });
}

/** One of two capitals in a row is at an even place. */
function hasIbanHead(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start + 1; i < end; i += 2) {
    const code = bytes[i] as number;
    if (code > CAPITAL_LAST || code < CAPITAL_FIRST) continue;
    if (isIbanAt(bytes, i - 1, start) || isIbanAt(bytes, i, start)) return true;
  }
  return false;
}

function isIbanAt(bytes: Uint8Array, at: number, start: number): boolean {
  return (
    isKind(bytes[at], CAPITAL) &&
    isKind(bytes[at + 1], CAPITAL) &&
    isKind(bytes[at + 2], DIGIT) &&
    isKind(bytes[at + 3], DIGIT) &&
    (at === start || !isWordKind(KINDS[bytes[at - 1] as number] as number))
  );
}

function isKind(code: number | undefined, kind: number): boolean {
  return KINDS[code ?? 0] === kind;
}

/** The shapes of the numbers of a line: card digits and social security numbers. */
function numbersIn(bytes: Uint8Array, start: number, end: number): number {
  let shapes = 0;
  for (let i = start + NUMBER_STEP - 1; i < end; i += NUMBER_STEP) {
    if (IN_NUMBER[bytes[i] as number] === 0) continue;
    let from = i;
    while (from > start && IN_NUMBER[bytes[from - 1] as number] === 1) from--;
    while (i < end && IN_NUMBER[bytes[i] as number] === 1) i++;
    if (i - from >= NUMBER_STEP) shapes |= shapesOf(bytes, from, i);
  }
  return shapes;
}

/** Of digits, dashes and spaces only. */
function shapesOf(bytes: Uint8Array, from: number, end: number): number {
  let digits = 0;
  let kinds = 0;
  let shapes = 0;
  for (let i = from; i < end; i++) {
    const kind = KINDS[bytes[i] as number] as number;
    kinds = (kinds << KIND_BITS) | kind;
    if (kind === DIGIT) digits++;
    else if (kind === DASH) shapes |= rareShape(kinds, 0);
  }
  return digits >= CARD_DIGITS_MIN ? shapes | SHAPE_BITS['card-digits'] : shapes;
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
