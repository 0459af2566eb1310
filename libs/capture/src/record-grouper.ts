import { type Clock, systemClock } from './clock.ts';
import type { FramedLine } from './line-framer.ts';
import {
  announcesTrace,
  endsGroup,
  isHead,
  isJulLevel,
  isNpmError,
  kindOf,
  type LineShape,
  namesFields,
  type RecordKind,
  shapeOf,
} from './line-shape.ts';

/** Lines of one record arrive at most this far apart (measured: mostly below 0.2 ms). */
export const BURST_GAP_MS = 5;
/** No line waits longer than this for the rest of its record. */
export const HOLD_MS_MAX = 50;
export const RECORD_LINES_MAX = 500;
export const RECORD_BYTES_MAX = 256 * 1024;
/** Lines of a message that are kept back until frames show that they belong to an error. */
const UNDECIDED_LINES_MAX = 8;

/** When a line was read, and what was going on then; one is made per chunk. */
export interface LineMoment {
  readonly wallMs: number;
  readonly steadyMs: number;
  /** The one call in flight, `'ambiguous'` when there were several. */
  readonly call?: string | undefined;
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

/** A line's shape, the record it would open, and when it came. */
interface Place {
  readonly shape: LineShape;
  readonly kind: RecordKind;
  readonly moment: LineMoment;
}

interface Held {
  kind: RecordKind;
  readonly head: string;
  readonly moment: LineMoment;
  text: string;
  lines: number;
  blanks: number;
  bytes: number;
  flags: number;
  sha256: string;
  lastMs: number;
  last: string;
  lastShape: LineShape;
  /** The trace has shown its end: only words that chain traces continue it. */
  isEnded: boolean;
  /** The exception's text names fields on the lines after it (pydantic). */
  hasMore: boolean;
}

/**
 * Joins the lines of one stream of one process to records. A line joins the record before it when
 * it came in the same read burst and its shape says that it belongs there.
 */
export class RecordGrouper {
  readonly #onRecord: (record: GroupedRecord) => void;
  readonly #clock: Clock;
  #held: Held | undefined;
  #undecided: { line: FramedLine; moment: LineMoment }[] = [];
  #timer: (() => void) | undefined;

  constructor(onRecord: (record: GroupedRecord) => void, clock: Clock = systemClock) {
    this.#onRecord = onRecord;
    this.#clock = clock;
  }

  push(line: FramedLine, moment: LineMoment): void {
    const at = placeOf(line.text, moment);
    const held = this.#held;
    if (held === undefined) this.#open(line, at);
    else if (!this.#isInTime(held, moment)) this.#release(line, at);
    else if (this.#undecided.length > 0 || (at.shape === 'plain' && mayGoOn(held, at, line.text))) {
      if (!this.#decide(held, line, at)) this.#release(line, at);
    } else if (continues(held, line.text, at.shape)) this.#add(held, line, at);
    else this.#release(line, at);
  }

  /** When the first held line was read (steady); `undefined` when nothing is held. */
  get heldSinceMs(): number | undefined {
    return this.#held?.moment.steadyMs;
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
    for (const { line, moment } of undecided) {
      this.#open(line, placeOf(line.text, moment));
      this.#emitHeld(false);
    }
  }

  /** Flushes and stops the timer. */
  end(): void {
    this.flush();
    this.#timer?.();
    this.#timer = undefined;
  }

  #isInTime(held: Held, moment: LineMoment): boolean {
    const limit = held.kind === 'plain' ? BURST_GAP_MS : HOLD_MS_MAX;
    return moment.steadyMs - held.lastMs <= limit;
  }

  /** A line that does not continue the held record: the held lines go, this one opens its own. */
  #release(line: FramedLine, at: Place): void {
    const lastUndecided = this.#undecided.pop();
    this.flush();
    if (lastUndecided === undefined) {
      this.#open(line, at);
      return;
    }
    this.#open(lastUndecided.line, placeOf(lastUndecided.line.text, lastUndecided.moment));
    this.push(line, at.moment);
  }

  /**
   * An error's message may run over several lines before its frames come. Until then its further
   * lines are kept apart, so that nothing is joined when no frame follows.
   */
  #decide(held: Held, line: FramedLine, at: Place): boolean {
    const isFirst = this.#undecided.length === 0;
    if (at.shape === 'plain' && this.#undecided.length < UNDECIDED_LINES_MAX) {
      if (isHead(line.text) || !(isFirst ? mayGoOn(held, at, line.text) : at.kind === 'plain'))
        return false;
      this.#undecided.push({ line, moment: at.moment });
      held.lastMs = at.moment.steadyMs;
      return true;
    }
    const belongs = at.shape === 'indented' && (held.kind === 'python' || isFrame(line.text));
    if (isFirst || !belongs) return false;
    const undecided = this.#undecided;
    this.#undecided = [];
    for (const kept of undecided) {
      this.#add(held, kept.line, { shape: 'plain', kind: 'plain', moment: kept.moment });
    }
    this.#add(held, line, at);
    return true;
  }

  #open(line: FramedLine, at: Place): void {
    if (at.shape === 'blank') return;
    const { text, flags, bytes, sha256 } = line;
    const { kind, moment, shape } = at;
    const lastMs = moment.steadyMs;
    this.#held = {
      kind,
      head: text,
      moment,
      text,
      lines: 1,
      blanks: 0,
      bytes,
      flags,
      sha256,
      lastMs,
      last: text,
      lastShape: shape,
      isEnded: false,
      hasMore: false,
    };
    if (shape === 'json') this.#emitHeld(false);
    else if (this.#timer === undefined) this.#arm(BURST_GAP_MS);
  }

  #add(held: Held, line: FramedLine, at: Place): void {
    held.lastMs = at.moment.steadyMs;
    if (at.shape === 'blank') {
      held.blanks++;
      if (held.lines + held.blanks >= RECORD_LINES_MAX) this.#emitHeld(false);
      return;
    }
    held.text += `${'\n'.repeat(held.blanks + 1)}${line.text}`;
    held.lines += held.blanks + 1;
    held.blanks = 0;
    held.bytes += line.bytes;
    held.flags |= line.flags;
    if (held.sha256 === '') held.sha256 = line.sha256;
    if (at.shape === 'traceback') held.kind = 'python';
    held.isEnded = endsTrace(held, line.text, at.shape);
    if (held.kind === 'python' && namesFields(line.text)) held.hasMore = true;
    held.last = line.text;
    held.lastShape = at.shape;
    if (held.lines >= RECORD_LINES_MAX || held.bytes >= RECORD_BYTES_MAX) this.#emitHeld(true);
  }

  #emitHeld(isPart: boolean): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
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

function placeOf(text: string, moment: LineMoment): Place {
  const shape = shapeOf(text);
  return { shape, kind: kindOf(text, shape), moment };
}

/** True when only the lines to come can tell whether this plain one belongs to the held record. */
function mayGoOn(held: Held, at: Place, text: string): boolean {
  // Java's and JavaScript's loggers print the exception on the line after their own.
  if (at.kind === 'error-head') return isLoggedError(held);
  if (at.kind !== 'plain') return false;
  if (held.kind === 'error-head') return held.lines === 1;
  return held.kind === 'python' && held.isEnded && held.hasMore && !text.includes(' ');
}

function isLoggedError(held: Held): boolean {
  if (held.kind === 'two-line-head') return held.lines === 2;
  return held.lines === 1 && isHead(held.head) && announcesTrace(held.head);
}

function isFrame(text: string): boolean {
  return text.trimStart().startsWith('at ');
}

function continues(held: Held, text: string, shape: LineShape): boolean {
  switch (shape) {
    case 'blank':
    case 'indented':
      return true;
    case 'json':
      return false;
    case 'closer':
      return held.lines > 1 || /[{[(]$/.test(held.last);
    case 'follower':
      return followsTrace(held, text);
    case 'traceback':
      return continuesWithTraceback(held);
    case 'box':
      return continuesWithBox(held, text);
    case 'plain':
      return continuesWithPlain(held, text);
  }
}

/** `Caused by:` never begins a record; the other words belong to one language. */
function followsTrace(held: Held, text: string): boolean {
  switch (text.charAt(0)) {
    case 'N':
      return held.kind === 'javascript';
    case 'g':
    case 'c':
    case 'e':
    case '[':
      return held.kind === 'go';
    case 's':
    case 'n':
      return held.kind === 'rust';
    default:
      return true;
  }
}

function continuesWithTraceback(held: Held): boolean {
  if (held.lastShape === 'follower' && held.last.endsWith(':')) return true;
  if (held.kind === 'python') return !held.isEnded;
  return held.lines === 1 && announcesTrace(held.head);
}

/** A box that is closed is followed by another one only in a chain. */
function continuesWithBox(held: Held, text: string): boolean {
  if (held.kind !== 'box') return false;
  const isTop = text.startsWith('╭') || text.startsWith('┌') || text.startsWith('┏');
  return !isTop || (held.lastShape === 'follower' && held.last.endsWith(':'));
}

function continuesWithPlain(held: Held, text: string): boolean {
  if (held.kind === 'plain') return false;
  if (held.kind === 'two-line-head') return held.lines === 1 && isJulLevel(text);
  if (isHead(text)) return false;
  switch (held.kind) {
    case 'javascript':
      return !held.isEnded;
    case 'python':
      return !held.isEnded;
    case 'rust':
      return held.lines === 1;
    case 'go':
      return !held.isEnded && held.lines > 1 && /[)\]]:?$|^goroutine |^runtime\./.test(text);
    case 'npm':
      return isNpmError(text);
    case 'box':
      return held.isEnded && held.head.includes('Traceback') && /^[\w.]+(?::|$)/.test(text);
    default:
      return false;
  }
}

/** True when `text`, just added, is the last line that a trace of this kind has. */
function endsTrace(held: Held, text: string, shape: LineShape): boolean {
  switch (held.kind) {
    case 'javascript':
      return text.startsWith('Node.js v');
    case 'python':
      return shape === 'plain' || (shape === 'indented' && (held.isEnded || endsGroup(text)));
    case 'go':
      return text.startsWith('exit status ');
    case 'box':
      return text.startsWith('╰') || text.startsWith('└') || text.startsWith('┗');
    default:
      return false;
  }
}
