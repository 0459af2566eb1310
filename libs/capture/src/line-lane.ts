/**
 * The short way of ordinary lines. Of a large chunk most lines are a record each that nothing has
 * to be done to: printable ASCII, nothing to mask, a head of their own, no word of a trace. Such
 * lines in a row go out as the bytes they are. Everything else, and every line in doubt, goes the
 * long way, line by line. Both ways give the same records.
 */
import { LINE_CLASSES, lineClassOf } from './line-class.ts';
import { LINE_BYTES_MAX, type LineFramer } from './line-framer.ts';
import type { LineMoment, RecordGrouper } from './record-grouper.ts';
import { isTimeCharacter, type RunText, TIME_CHARACTERS_MAX } from './text-gate.ts';

/** The whole lines of a chunk. */
export interface SiftedLines {
  readonly count: number;
  /** Where each line's LF is. */
  readonly ends: Uint32Array;
  /** 0 for a line of printable ASCII and tabs that masking leaves as it is, without a watched word. */
  readonly marks: Uint8Array;
}

/** Knows which lines of one stream need no masking: a line masker of @mcplog/masking does. */
export interface LineSieve {
  /** The result is used up before anything else is sifted. */
  sift(chunk: Uint8Array, from: number): SiftedLines;
  /** True when what came before lets a line without a mark, of this first character, be as it is. */
  mayPass(first: number): boolean;
  /** Told of lines without a mark that go out as they are; `last` is their last character. */
  pass(passed: { lines: number; characters: number; last: number }): void;
}

/** Lines in a row that are a record each, as bytes of the chunk they came in. */
export interface LineRun {
  readonly chunk: Buffer;
  /** Where the first line begins. */
  readonly start: number;
  /** Where each line's LF is: from `ends[first]` to `ends[first + count - 1]`. */
  readonly ends: Uint32Array;
  readonly first: number;
  readonly count: number;
}

export interface LaneOptions {
  readonly framer: LineFramer;
  readonly records: RecordGrouper;
  readonly sieve: LineSieve;
  /** False when it cannot be taken as it is; its lines go the long way then. */
  readonly take: (run: LineRun, moment: LineMoment) => boolean;
}

/** The words that the sieve must watch for: a line with one may have to do with a trace. */
export const TRACE_WORDS: readonly string[] = [
  'err',
  'exce',
  'fail',
  'fata',
  'crit',
  'pani',
  'cras',
  'ftl',
  'trace',
];

/** A smaller chunk goes the long way: looking through it twice would cost more. */
const CHUNK_BYTES_MIN = 1024;
/** Fewer lines in a row are not worth it. */
const RUN_LINES_MIN = 2;
const LF = 0x0a;
const { unknown, head, json, bare } = LINE_CLASSES;

interface Sifted {
  readonly chunk: Buffer;
  readonly lines: SiftedLines;
  readonly moment: LineMoment;
}

export class LineLane {
  readonly #options: LaneOptions;
  /** Not again for the same chunk: the search for runs would be for nothing each time. */
  #isRefused = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  push(chunk: Buffer, moment: LineMoment): void {
    const { framer, sieve } = this.#options;
    const from = framer.isMidLine ? chunk.indexOf(LF) + 1 : 0;
    if (chunk.length - from < CHUNK_BYTES_MIN || (from === 0 && framer.isMidLine)) {
      framer.push(chunk);
      return;
    }
    if (from > 0) framer.push(chunk.subarray(0, from));
    this.#isRefused = false;
    const lines = sieve.sift(chunk, from);
    const rest = this.#pushLines({ chunk, lines, moment }, from);
    if (rest < chunk.length) framer.push(chunk.subarray(rest));
  }

  /** Returns where the bytes behind the last line begin. */
  #pushLines(sifted: Sifted, from: number): number {
    const { chunk, lines } = sifted;
    const { ends, count } = lines;
    let start = from;
    for (let at = 0; at < count; at++) {
      const taken = lines.marks[at] === 0 ? this.#takeRun(sifted, at, start) : 0;
      if (taken > 0) {
        at += taken;
        start = (ends[at - 1] as number) + 1;
      }
      const end = ends[at] as number;
      this.#options.framer.pushLine(chunk, start, end);
      start = end + 1;
    }
    return start;
  }

  /**
   * Sends the run that begins with line `at`, and returns its lines. The line behind them is
   * ordinary too and goes the long way: it is held there until the next one comes.
   */
  #takeRun(sifted: Sifted, at: number, start: number): number {
    const { chunk, lines, moment } = sifted;
    const { records, sieve, take } = this.#options;
    if (this.#isRefused || !records.mayRun(moment)) return 0;
    const found = findRun(sifted, { at, start, mayBeBare: !records.isHolding });
    const count = found.lines - 1;
    if (count < RUN_LINES_MIN) return 0;
    records.flush();
    const { ends } = lines;
    this.#isRefused =
      !sieve.mayPass(chunk[start] as number) ||
      !take({ chunk, start, ends, first: at, count }, moment);
    if (this.#isRefused) return 0;
    const end = ends[at + count - 1] as number;
    const characters = end - start - (count - 1);
    sieve.pass({ lines: count, characters, last: chunk[end - 1] as number });
    records.noteRun(found.heads, found.heads === count);
    return count;
  }
}

/** What the gate wants to know of a run. */
export function textOfRun(
  { chunk, start, ends, first, count }: LineRun,
  moment: LineMoment,
): RunText {
  const last = first + count - 1;
  const end = ends[last] as number;
  const lastStart = count === 1 ? start : (ends[last - 1] as number) + 1;
  return {
    first: chunk.toString('latin1', start, ends[first]),
    last: chunk.toString('latin1', lastStart, end),
    lines: count,
    bytes: end - start - (count - 1),
    moment,
  };
}

interface FoundRun {
  /** Ordinary lines in a row; the last of them is held. */
  readonly lines: number;
  /** Heads in a row at the end of those that are not held. */
  readonly heads: number;
}

interface RunStart {
  readonly at: number;
  readonly start: number;
  /** Its first line needs no head: nothing is held. */
  readonly mayBeBare: boolean;
}

function findRun({ chunk, lines, moment }: Sifted, run: RunStart): FoundRun {
  const { ends, marks, count } = lines;
  const mayBeJson = !isOfCall(moment);
  let { at, start, mayBeBare } = run;
  let before = -1;
  let heads = 0;
  let wasHead = false;
  for (; at < count && marks[at] === 0; at++) {
    const end = ends[at] as number;
    const kind = end - start > LINE_BYTES_MAX ? unknown : lineClassOf(chunk, start, end);
    if (kind === unknown || (kind === json && !mayBeJson) || (kind === bare && !mayBeBare)) break;
    if (before >= 0) {
      if (mayRepeat(chunk, { before, start, end })) break;
      heads = wasHead ? heads + 1 : 0;
    }
    wasHead = kind === head;
    mayBeBare = true;
    before = start;
    start = end + 1;
  }
  return { lines: at - run.at, heads };
}

/** What is printed during a call is looked at for exceptions; a message inside JSON is not, here. */
export function isOfCall({ call, lateCall }: LineMoment): boolean {
  return (call ?? lateCall ?? 'ambiguous') !== 'ambiguous';
}

/** The line at `start` may be the one before it once more, but for a time at its beginning. */
function mayRepeat(
  bytes: Uint8Array,
  { before, start, end }: { before: number; start: number; end: number },
): boolean {
  const length = end - start;
  if (start - 1 - before !== length) return false;
  let at = length - 1;
  while (at >= 0 && bytes[before + at] === bytes[start + at]) at--;
  if (at < 0) return true;
  const isInTime = at < TIME_CHARACTERS_MAX && isTimeCharacter(bytes[before + at] as number);
  return isInTime && isTimeCharacter(bytes[start + at] as number);
}
