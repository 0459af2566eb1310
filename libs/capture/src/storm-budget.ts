/** What one instance may write; one budget lives as long as its instance, over all its runs. */
export interface BudgetLimits {
  /** Lines that may be written each second, on and on. */
  readonly linesPerSecond: number;
  /** Lines that may be written at once after a quiet time. */
  readonly linesBurst: number;
  /** Bytes of text in one day (UTC). */
  readonly bytesPerDay: number;
  /** Traces that still pass while other lines are suppressed: why it failed must be seen. */
  readonly tracesPerSecond: number;
  readonly tracesBurst: number;
}

export const DEFAULT_BUDGET: BudgetLimits = {
  linesPerSecond: 10_000,
  linesBurst: 100_000,
  bytesPerDay: 2 * 1024 ** 3,
  tracesPerSecond: 10,
  tracesBurst: 200,
};

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

  /** Takes the record's cost, or says why it is not to be written. */
  refuses(record: BudgetedRecord): SuppressReason | undefined {
    const day = Math.floor(record.wallMs / DAY_MS);
    // A clock that steps back must not give a second budget.
    if (day > this.#day) {
      this.#day = day;
      this.#bytesOfDay = 0;
    }
    if (this.#bytesOfDay + record.bytes > this.limits.bytesPerDay) return 'bytes_per_day';
    const mayPass =
      this.#lines.take(record.lines, record.steadyMs) ||
      (record.isTrace() && this.#traces.take(1, record.steadyMs));
    if (!mayPass) return 'lines_per_second';
    this.#bytesOfDay += record.bytes;
    return undefined;
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

  take(count: number, steadyMs: number): boolean {
    if (this.#filledMs === undefined) this.#filledMs = steadyMs;
    else if (steadyMs > this.#filledMs) {
      const grown = ((steadyMs - this.#filledMs) * this.#perSecond) / 1000;
      this.#tokens = Math.min(this.#size, this.#tokens + grown);
      this.#filledMs = steadyMs;
    }
    const cost = Math.max(1, Math.min(count, this.#size));
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }
}
