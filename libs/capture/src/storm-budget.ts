/** What one instance may write; one budget lives as long as its instance, over all its runs. */
export interface BudgetLimits {
  /** Lines that may be written each second, on and on. */
  readonly linesPerSecond: number;
  /** Lines that may be written at once after a quiet time. */
  readonly linesBurst: number;
  /** Bytes of entries in one day (UTC): what was printed, and {@link ENTRY_BYTES} for each record. */
  readonly bytesPerDay: number;
  /** Traces that still pass while other lines are suppressed: why it failed must be seen. */
  readonly tracesPerSecond: number;
  readonly tracesBurst: number;
}

/**
 * Chosen, not measured: the reference servers print a few lines a call, and a debug log of a busy
 * one should pass. A day's bytes are some 250 lines of 80 bytes a second from midnight to midnight.
 */
export const DEFAULT_BUDGET: BudgetLimits = {
  linesPerSecond: 10_000,
  linesBurst: 100_000,
  bytesPerDay: 8 * 1024 ** 3,
  tracesPerSecond: 10,
  tracesBurst: 200,
};

/** What an entry of a log file holds around its message, at most as far as was measured. */
export const ENTRY_BYTES = 320;
/** More of the day's bytes for traces, so that the last cause is seen after a long flood. */
const TRACE_RESERVE = 1.1;

export type SuppressReason = 'lines_per_second' | 'bytes_per_day';

/** What the budget asks about a record. */
export interface BudgetedRecord {
  readonly lines: number;
  readonly bytes: number;
  readonly isTrace: () => boolean;
  readonly wallMs: number;
  readonly steadyMs: number;
}

const DAY_MS = 86_400_000;

/** Decides record by record; holds a few numbers, whatever comes. */
export class StormBudget {
  readonly limits: BudgetLimits;
  readonly #lines: Bucket;
  readonly #traces: Bucket;
  #day = -1;
  #bytesOfDay = 0;

  constructor(limits: Partial<BudgetLimits> = {}) {
    this.limits = { ...DEFAULT_BUDGET, ...limits };
    this.#lines = new Bucket(this.limits.linesPerSecond, this.limits.linesBurst);
    this.#traces = new Bucket(this.limits.tracesPerSecond, this.limits.tracesBurst);
  }

  /** Takes the cost of so many records of one line; false, and nothing taken, unless all may go. */
  takesLines({ lines, bytes, wallMs, steadyMs }: Omit<BudgetedRecord, 'isTrace'>): boolean {
    this.#beginDay(wallMs);
    const after = this.#bytesOfDay + bytes + lines * ENTRY_BYTES;
    if (after > this.limits.bytesPerDay || !this.#lines.takesAll(lines, steadyMs)) return false;
    this.#bytesOfDay = after;
    return true;
  }

  /** Takes the record's cost, or says why it is not to be written. */
  refuses(record: BudgetedRecord): SuppressReason | undefined {
    this.#beginDay(record.wallMs);
    const after = this.#bytesOfDay + record.bytes + ENTRY_BYTES;
    const reason = this.#refusal(record, after);
    if (reason !== undefined && !this.#mayPassAsTrace(record, after)) return reason;
    this.#bytesOfDay = after;
    return undefined;
  }

  #beginDay(wallMs: number): void {
    const day = Math.floor(wallMs / DAY_MS);
    // A clock that steps back must not give a second budget.
    if (day <= this.#day) return;
    this.#day = day;
    this.#bytesOfDay = 0;
  }

  #refusal({ lines, steadyMs }: BudgetedRecord, after: number): SuppressReason | undefined {
    if (after > this.limits.bytesPerDay) return 'bytes_per_day';
    return this.#lines.take(lines, steadyMs) ? undefined : 'lines_per_second';
  }

  #mayPassAsTrace({ isTrace, steadyMs }: BudgetedRecord, after: number): boolean {
    if (after > this.limits.bytesPerDay * TRACE_RESERVE) return false;
    return this.#traces.has(1, steadyMs) && isTrace() && this.#traces.take(1, steadyMs);
  }
}

/** A bucket of tokens that fills at a steady rate. A record larger than the whole bucket takes all. */
class Bucket {
  readonly #perSecond: number;
  readonly #size: number;
  #tokens: number;
  #filledMs: number | undefined;

  constructor(perSecond: number, size: number) {
    this.#perSecond = perSecond;
    this.#size = size;
    this.#tokens = size;
  }

  /** So many times one token, or nothing. */
  takesAll(count: number, steadyMs: number): boolean {
    return count <= this.#size && this.take(count, steadyMs);
  }

  take(count: number, steadyMs: number): boolean {
    if (!this.has(count, steadyMs)) return false;
    this.#tokens -= this.#costOf(count);
    return true;
  }

  has(count: number, steadyMs: number): boolean {
    if (this.#filledMs === undefined) this.#filledMs = steadyMs;
    else if (steadyMs > this.#filledMs) {
      const grown = ((steadyMs - this.#filledMs) * this.#perSecond) / 1000;
      this.#tokens = Math.min(this.#size, this.#tokens + grown);
      this.#filledMs = steadyMs;
    }
    return this.#tokens >= this.#costOf(count);
  }

  #costOf(count: number): number {
    return Math.max(1, Math.min(count, this.#size));
  }
}
