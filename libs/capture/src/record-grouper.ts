import { type Clock, systemClock } from './clock.ts';
import { indentOf, isBoxTop, isTraceBox } from './drawn-rules.ts';
import type { FramedLine } from './line-framer.ts';
import { isHead, kindOf, shapeOf } from './line-shape.ts';
import {
  mayWaitOn,
  noteLine,
  type OpenRecord,
  type PlacedLine,
  provesUndecided,
  verdictOf,
} from './record-rules.ts';

/** Lines of one record arrive at most this far apart (measured: mostly below 0.2 ms). */
export const BURST_GAP_MS = 5;
/** No line waits longer than this for the rest of its record. */
export const HOLD_MS_MAX = 50;
/** A Java stack that overflowed has 1,024 frames. */
export const RECORD_LINES_MAX = 2000;
export const RECORD_BYTES_MAX = 256 * 1024;
/** Lines of a message that are kept back until frames show that they belong to an error. */
const UNDECIDED_LINES_MAX = 8;

/** When a line was read, and what was going on then; one is made per chunk. */
export interface LineMoment {
  readonly wallMs: number;
  readonly steadyMs: number;
  /** The one call in flight, `'ambiguous'` when there were several. */
  readonly call?: string | undefined;
  /** With no call in flight: the one that ended just before. */
  readonly lateCall?: string | undefined;
  /** The chunk began in the middle of a line. */
  readonly isMidLine?: boolean;
}

/** One or more lines that make one entry. */
export interface GroupedRecord {
  /** Lines joined with `\n`; no blank line at either end. */
  readonly text: string;
  readonly lines: number;
  /** LINE_FLAGS of all its lines, joined. */
  readonly flags: number;
  /** Bytes the child printed for these lines, without line ends. */
  readonly bytes: number;
  /** Of the first line that is not shown whole; else empty. */
  readonly sha256: string;
  /** True when the record met its limit and goes on in the next one. */
  readonly isPart: boolean;
  readonly moment: LineMoment;
}

interface Held extends OpenRecord {
  readonly moment: LineMoment;
  readonly isFirst: boolean;
  text: string;
  blanks: number;
  bytes: number;
  flags: number;
  sha256: string;
  lastMs: number;
  lastMoment: LineMoment;
  /** Where the last line begins in `text`. */
  lastAt: number;
}

/** When a line came, and whether it was the first of its chunk. */
interface Came {
  readonly moment: LineMoment;
  readonly isFirst: boolean;
}

/** One object for all that is known of a line: there are hundreds of thousands a second. */
interface Arrived extends Came, PlacedLine {}

interface Undecided extends Came {
  readonly line: FramedLine;
}

/**
 * Joins the lines of one stream of one process to records. A line joins the record before it when
 * it came in the same read burst and its shape says that it belongs there.
 */
export class RecordGrouper {
  readonly #onRecord: (record: GroupedRecord) => void;
  readonly #clock: Clock;
  #held: Held | undefined;
  #undecided: Undecided[] = [];
  /** Records in a row that began with a time or a level. */
  #headsInRow = 0;
  #lastMoment: LineMoment | undefined;
  #timer: (() => void) | undefined;

  constructor(onRecord: (record: GroupedRecord) => void, clock: Clock = systemClock) {
    this.#onRecord = onRecord;
    this.#clock = clock;
  }

  push(line: FramedLine, moment: LineMoment): void {
    const isFirst = moment !== this.#lastMoment && moment.isMidLine !== true;
    this.#lastMoment = moment;
    this.#take(line, moment, isFirst);
  }

  /**
   * True when lines of this moment's chunk that begin a record each only end the one before them.
   * Not for the first line of a chunk: whether that begins a write is noted.
   */
  mayRun(moment: LineMoment): boolean {
    const isPlain = this.#held === undefined || this.#held.kind === 'plain';
    return moment === this.#lastMoment && isPlain && this.#undecided.length === 0;
  }

  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** Lines went by as a record each; so many of them at their end, or all, had heads. */
  noteRun(heads: number, hadAllHeads: boolean): void {
    this.#headsInRow = hadAllHeads ? this.#headsInRow + heads : heads;
  }

  /** The moment of the first held line; `undefined` when nothing is held. */
  get heldMoment(): LineMoment | undefined {
    return this.#held?.moment;
  }

  /** The lines that are held, each ended by a newline; empty when there are none. */
  get heldText(): string {
    const held = this.#held === undefined ? '' : `${this.#held.text}\n`;
    return held + this.#undecided.map(({ line }) => `${line.text}\n`).join('');
  }

  /** Hands out what is held; call it when the stream ends. */
  flush(): void {
    this.#emitHeld(false);
    const undecided = this.#undecided;
    if (undecided.length === 0) return;
    this.#undecided = [];
    for (const kept of undecided) this.#take(kept.line, kept.moment, kept.isFirst);
    this.flush();
  }

  /** Flushes and stops the timer. */
  end(): void {
    this.flush();
    this.#timer?.();
    this.#timer = undefined;
  }

  #take(line: FramedLine, moment: LineMoment, isFirst: boolean): void {
    const held = this.#held;
    const at = placeOf(line.text, held, { moment, isFirst });
    if (held === undefined) this.#open(line, at);
    else if (!this.#isInTime(held, moment)) this.#release(line, at);
    else if (this.#undecided.length > 0) this.#decide(held, line, at);
    else this.#place(held, line, at);
  }

  #isInTime(held: Held, moment: LineMoment): boolean {
    const limit = held.kind === 'plain' ? BURST_GAP_MS : HOLD_MS_MAX;
    return moment.steadyMs - held.lastMs <= limit;
  }

  #place(held: Held, line: FramedLine, at: Arrived): void {
    switch (verdictOf(held, at)) {
      case 'joins':
        this.#add(held, line, at);
        return;
      case 'wait':
        this.#undecided.push({ line, moment: at.moment, isFirst: at.isFirst });
        held.lastMs = at.moment.steadyMs;
        return;
      case 'begins':
        if (at.shape === 'box') this.#beginBox(held, line, at);
        else {
          this.#emitHeld(false);
          this.#open(line, at);
        }
    }
  }

  /** A table's title stands indented above it and so was taken for a part of what came before. */
  #beginBox(held: Held, line: FramedLine, at: Arrived): void {
    const isTitle = held.lastShape === 'indented' && held.last.endsWith(' ');
    const hasTitle = held.kind === 'plain' && isTitle && held.blanks === 0;
    if (!hasTitle || !isBoxTop(line.text)) {
      this.#emitHeld(false);
      this.#open(line, at);
      return;
    }
    const title = held.text.slice(held.lastAt);
    if (held.lastAt > 0) {
      held.text = held.text.slice(0, held.lastAt).trimEnd();
      held.lines = held.text.split('\n').length;
      this.#emitHeld(false);
    }
    this.#open({ ...line, text: title }, { ...at, text: title, moment: held.lastMoment });
    const box = this.#held;
    if (box !== undefined) this.#add(box, line, at);
  }

  /** The held lines go, undecided ones by themselves; then the line has its turn. */
  #release(line: FramedLine, { moment, isFirst }: Came): void {
    this.#emitHeld(false);
    const undecided = this.#undecided;
    this.#undecided = [];
    for (const kept of undecided) this.#take(kept.line, kept.moment, kept.isFirst);
    this.#take(line, moment, isFirst);
  }

  /**
   * An error's message may run over several lines before its frames come. Until then its further
   * lines are kept apart, so that nothing is joined when no frame follows.
   */
  #decide(held: Held, line: FramedLine, at: Arrived): void {
    const undecided = this.#undecided;
    const texts = undecided.map((kept) => kept.line.text);
    if (provesUndecided(held, at, texts)) {
      this.#undecided = [];
      for (const kept of undecided) {
        this.#add(held, kept.line, placeOf(kept.line.text, held, kept));
      }
      this.#add(held, line, at);
      return;
    }
    const { shape } = at;
    const waits = shape === 'blank' || (shape === 'plain' && mayWaitOn(held, at));
    if (waits && undecided.length < UNDECIDED_LINES_MAX) {
      undecided.push({ line, moment: at.moment, isFirst: at.isFirst });
      held.lastMs = at.moment.steadyMs;
    } else this.#release(line, at);
  }

  #open(line: FramedLine, at: Arrived): void {
    const { kind, shape, moment, isFirst } = at;
    if (shape === 'blank') return;
    const { text, flags, bytes, sha256 } = line;
    this.#held = {
      kind,
      head: text,
      hasHead: at.isHead,
      headsBefore: this.#headsInRow,
      moment,
      isFirst,
      text,
      lines: 1,
      blanks: 0,
      bytes,
      flags,
      sha256,
      lastMs: moment.steadyMs,
      lastMoment: moment,
      lastAt: 0,
      last: text,
      lastShape: shape,
      isEnded: false,
      hasMore: false,
      hasTraceBox: kind === 'box' && isTraceBox(text),
      boxWidth: kind === 'box' ? text.length : 0,
      traceIndent: shape === 'traceback' ? indentOf(text) : 0,
    };
    if (shape === 'json') this.#emitHeld(false);
    else if (this.#timer === undefined) this.#arm(BURST_GAP_MS);
  }

  #add(held: Held, line: FramedLine, at: Arrived): void {
    held.lastMs = at.moment.steadyMs;
    if (at.shape === 'blank') {
      held.blanks++;
      if (held.lines + held.blanks >= RECORD_LINES_MAX) this.#emitHeld(false);
      return;
    }
    held.lastMoment = at.moment;
    held.lastAt = held.text.length + held.blanks + 1;
    held.text += `${'\n'.repeat(held.blanks + 1)}${line.text}`;
    held.lines += held.blanks + 1;
    held.blanks = 0;
    held.bytes += line.bytes;
    held.flags |= line.flags;
    if (held.sha256 === '') held.sha256 = line.sha256;
    noteLine(held, at);
    if (held.lines >= RECORD_LINES_MAX || held.bytes >= RECORD_BYTES_MAX) this.#emitHeld(true);
  }

  #emitHeld(isPart: boolean): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#headsInRow = held.hasHead ? this.#headsInRow + 1 : 0;
    const { text, lines, flags, bytes, sha256, moment } = held;
    this.#onRecord({ text, lines, flags, bytes, sha256, moment, isPart });
  }

  #arm(delayMs: number): void {
    this.#timer = this.#clock.schedule(() => {
      this.#timer = undefined;
      const held = this.#held;
      if (held === undefined) return;
      const firstMs = held.moment.steadyMs;
      const quietMs = held.lastMs + (held.kind === 'plain' ? BURST_GAP_MS : HOLD_MS_MAX);
      const leftMs = Math.min(quietMs, firstMs + HOLD_MS_MAX) - this.#clock.steadyMs();
      if (leftMs > 0) this.#arm(Math.ceil(leftMs));
      else this.flush();
    }, delayMs);
  }
}

function placeOf(text: string, held: Held | undefined, { moment, isFirst }: Came): Arrived {
  const shape = shapeOf(text);
  return {
    text,
    shape,
    kind: kindOf(text, shape),
    isHead: shape === 'plain' && isHead(text),
    isClose: held === undefined || moment.steadyMs - held.lastMs <= BURST_GAP_MS,
    isSameWrite: held?.isFirst === true && held.moment === moment,
    moment,
    isFirst,
  };
}
