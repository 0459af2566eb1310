import type { Level } from '@mcplog/log-entry';
import type { Clock } from './clock.ts';
import type { GroupedRecord, LineMoment } from './record-grouper.ts';
import type { StreamName } from './session-types.ts';
import type { StormBudget, SuppressReason } from './storm-budget.ts';
import { isTrace } from './trace-shape.ts';

export interface GateOptions {
  /** Absent: nothing is suppressed. */
  readonly budget?: StormBudget | undefined;
  /** Equal records in a row that are written; the rest are counted. Default: all. */
  readonly repeatsShown?: number | undefined;
}

/** Lines in a row that are a record each. */
export interface RunText {
  /** Text of the first and of the last line. */
  readonly first: string;
  readonly last: string;
  readonly lines: number;
  /** Of all lines, without their ends. */
  readonly bytes: number;
  readonly moment: LineMoment;
}

/** What a gate has left out so far. */
export interface LeftOut {
  /** Lines and their bytes that were over the budget. */
  readonly suppressedLines: number;
  readonly suppressedBytes: number;
  /** Records that repeat the one before. */
  readonly folded: number;
}

export const NOTHING_LEFT: LeftOut = { suppressedLines: 0, suppressedBytes: 0, folded: 0 };

/** An entry of ours about what was left out. */
export interface GateNote {
  readonly level: Level;
  readonly message: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly moment: LineMoment;
}

/** Nothing suppressed for so long ends the episode. */
const QUIET_MS = 1000;
/** An episode or a row that goes on is told about at least this often. */
const TELL_MS = 60_000;
/** A time at the start of a line does not make it another line. */
export const TIME_CHARACTERS_MAX = 40;

interface Episode {
  readonly reason: SuppressReason;
  readonly firstMs: number;
  lastMs: number;
  lines: number;
  bytes: number;
  moment: LineMoment;
}

interface Row {
  text: string;
  shown: number;
  folded: number;
  firstMs: number;
  moment: LineMoment | undefined;
}

/**
 * Between the groupers and the entries: folds records that repeat and suppresses what is over
 * the budget. What is left out is told as one entry per episode, at the latest after a minute.
 */
export class TextGate {
  readonly #options: GateOptions;
  readonly #tell: (note: GateNote) => void;
  readonly #clock: Clock;
  readonly #left = { ...NOTHING_LEFT };
  readonly #rows: Record<StreamName, Row> = { stdout: emptyRow(), stderr: emptyRow() };
  #episode: Episode | undefined;
  #timer: (() => void) | undefined;

  constructor(options: GateOptions, tell: (note: GateNote) => void, clock: Clock) {
    this.#options = options;
    this.#tell = tell;
    this.#clock = clock;
  }

  get left(): LeftOut {
    return this.#left;
  }

  /** False when the record is left out; it has then been counted. */
  lets(stream: StreamName, record: GroupedRecord): boolean {
    const { repeatsShown, budget } = this.#options;
    if (repeatsShown !== undefined && this.#isFolded(stream, record, repeatsShown)) return false;
    return budget === undefined || this.#isWithin(budget, record);
  }

  /**
   * True when all lines of a run are let through, each as a record; false when that is not sure,
   * and then nothing has been counted. Lines that follow each other in it are different ones.
   */
  letsRun(stream: StreamName, run: RunText): boolean {
    const { repeatsShown, budget } = this.#options;
    const row = this.#rows[stream];
    if (repeatsShown !== undefined) {
      if (row.folded > 0 || (row.shown > 0 && isSameText(row.text, run.first))) return false;
    }
    const { lines, bytes, moment } = run;
    const { wallMs, steadyMs } = moment;
    if (budget?.takesLines({ lines, bytes, wallMs, steadyMs }) === false) return false;
    row.text = run.last;
    row.shown = 1;
    return true;
  }

  /** Tells what has not been told yet; call it when the streams end. */
  end(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#endRow('stdout');
    this.#endRow('stderr');
    this.#endEpisode();
  }

  #isFolded(stream: StreamName, record: GroupedRecord, repeatsShown: number): boolean {
    const row = this.#rows[stream];
    if (row.shown === 0 || !isSameText(row.text, record.text)) {
      this.#endRow(stream);
      row.text = record.text;
      row.shown = 1;
      return false;
    }
    if (row.shown < repeatsShown) {
      row.shown++;
      return false;
    }
    if (row.folded === 0) row.firstMs = record.moment.steadyMs;
    row.folded++;
    this.#left.folded++;
    row.moment = record.moment;
    this.#watch();
    return true;
  }

  #endRow(stream: StreamName): void {
    const row = this.#rows[stream];
    const { folded, firstMs, moment } = row;
    row.shown = 0;
    row.folded = 0;
    if (folded === 0 || moment === undefined) return;
    const seconds = Math.round((moment.steadyMs - firstMs) / 100) / 10;
    const times = folded === 1 ? '1 more time' : `${folded} more times`;
    this.#tell({
      level: 'info',
      message: `last ${stream} line repeated ${times} in ${seconds} s`,
      metadata: { event: 'lines_folded', stream, folded },
      moment,
    });
  }

  #isWithin(budget: StormBudget, record: GroupedRecord): boolean {
    const { lines, bytes, text, moment } = record;
    const { wallMs, steadyMs } = moment;
    const reason = budget.refuses({ lines, bytes, isTrace: () => isTrace(text), wallMs, steadyMs });
    if (reason === undefined) return true;
    if (this.#episode !== undefined && this.#episode.reason !== reason) this.#endEpisode();
    this.#episode ??= { reason, firstMs: steadyMs, lastMs: 0, lines: 0, bytes: 0, moment };
    const episode = this.#episode;
    episode.lines += lines;
    episode.bytes += bytes;
    this.#left.suppressedLines += lines;
    this.#left.suppressedBytes += bytes;
    episode.lastMs = steadyMs;
    episode.moment = moment;
    this.#watch();
    return false;
  }

  #endEpisode(): void {
    const episode = this.#episode;
    this.#episode = undefined;
    if (episode === undefined) return;
    const { reason, lines, bytes, moment, firstMs, lastMs } = episode;
    const limits = this.#options.budget?.limits;
    const why =
      reason === 'bytes_per_day'
        ? `more than ${limits?.bytesPerDay} bytes today`
        : `more than ${limits?.linesPerSecond} lines/s`;
    this.#tell({
      level: 'warn',
      message: `${lines} ${lines === 1 ? 'line' : 'lines'} suppressed: ${why}`,
      metadata: {
        event: 'lines_suppressed',
        reason,
        suppressed: lines,
        bytes,
        durationMs: Math.round(lastMs - firstMs),
      },
      moment,
    });
  }

  /** Looks each second, as long as there is something to tell. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.schedule(() => {
      this.#timer = undefined;
      this.#lookBack(this.#clock.steadyMs());
    }, QUIET_MS);
  }

  #lookBack(nowMs: number): void {
    const episode = this.#episode;
    if (episode !== undefined && isDue(episode, nowMs)) this.#endEpisode();
    for (const stream of ['stdout', 'stderr'] as const) {
      const { folded, firstMs, moment } = this.#rows[stream];
      if (folded > 0 && isDue({ firstMs, lastMs: moment?.steadyMs ?? 0 }, nowMs)) {
        this.#tellRow(stream);
      }
    }
    const isOpen = this.#rows.stdout.folded > 0 || this.#rows.stderr.folded > 0;
    if (isOpen || this.#episode !== undefined) this.#watch();
  }

  /** The row goes on: its text stays the one that further records are compared with. */
  #tellRow(stream: StreamName): void {
    const row = this.#rows[stream];
    const { shown } = row;
    this.#endRow(stream);
    row.shown = shown;
  }
}

function isDue({ firstMs, lastMs }: { firstMs: number; lastMs: number }, nowMs: number): boolean {
  return nowMs - lastMs >= QUIET_MS || nowMs - firstMs >= TELL_MS;
}

function emptyRow(): Row {
  return { text: '', shown: 0, folded: 0, firstMs: 0, moment: undefined };
}

function isSameText(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  if (one === other) return true;
  const at = endOfTime(one);
  return at > 0 && at === endOfTime(other) && one.endsWith(other.slice(at));
}

/** End of the digits and marks of a date and a time at the start of a line; 0 for none. */
function endOfTime(text: string): number {
  let at = 0;
  while (at < TIME_CHARACTERS_MAX && isTimeCharacter(text.charCodeAt(at))) at++;
  return at < 8 ? 0 : at;
}

/** Digits, space, and the marks `+ , - . / : T Z [ ]`. */
export function isTimeCharacter(code: number): boolean {
  if (code >= 0x2b && code <= 0x3a) return true;
  return code === 0x20 || code === 0x54 || code === 0x5a || code === 0x5b || code === 0x5d;
}
