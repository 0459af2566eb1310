import type { CapturedRecord } from './captured-record.ts';

type UndatedRecord = Omit<CapturedRecord, 'timestampMs'>;

/** A record and the moment its first byte was read. */
export interface DatedRecord {
  readonly record: UndatedRecord;
  /** Of a record that may change as long as it waits: what it is now. */
  readonly current?: () => UndatedRecord;
  /** It is being emitted. */
  readonly onSent?: () => void;
  readonly wallMs: number;
  readonly steadyMs: number;
}

/** Records waiting for older ones; past it they go out of order rather than grow. */
const WAITING_MAX = 10_000;

/**
 * Puts records in the order in which they were read. A line may be held some milliseconds for the
 * rest of its record while a call finishes: the call then waits, so that what was printed during
 * it comes first. Timestamps never fall.
 */
export class RecordOrder {
  readonly #emit: (record: CapturedRecord) => void;
  /** Oldest moment of a line that is still held or a call without verdict, or Infinity. */
  readonly #heldSinceMs: () => number;
  #waiting: DatedRecord[] = [];
  #lastMs = 0;

  constructor(emit: (record: CapturedRecord) => void, heldSinceMs: () => number) {
    this.#emit = emit;
    this.#heldSinceMs = heldSinceMs;
  }

  /** Records that wait for older lines, oldest first. */
  get waiting(): CapturedRecord[] {
    return this.#waiting.map(({ record, current, wallMs }) => ({
      timestampMs: wallMs,
      ...(current?.() ?? record),
    }));
  }

  /** How many records wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** The moment of the oldest record that waits, or Infinity. */
  get waitingSinceMs(): number {
    return this.#waiting[0]?.steadyMs ?? Infinity;
  }

  /** Nothing older waits or is held: what was read at `steadyMs` may be emitted at once. */
  mayGo(steadyMs: number): boolean {
    return this.#waiting.length === 0 && this.#heldSinceMs() > steadyMs;
  }

  /** The moment a record may carry, so that times never fall. */
  timeOf(wallMs: number): number {
    if (wallMs > this.#lastMs) this.#lastMs = wallMs;
    return this.#lastMs;
  }

  add(dated: DatedRecord): void {
    if (this.mayGo(dated.steadyMs)) {
      this.#send(dated);
      return;
    }
    let at = this.#waiting.length;
    while (at > 0 && comesBefore(dated, this.#waiting[at - 1] as DatedRecord)) at--;
    this.#waiting.splice(at, 0, dated);
    this.release();
  }

  /** Sends what no held line can precede any more. */
  release(): void {
    if (this.#waiting.length === 0) return;
    const heldSinceMs = this.#waiting.length > WAITING_MAX ? Infinity : this.#heldSinceMs();
    let count = 0;
    for (const dated of this.#waiting) {
      if (dated.steadyMs >= heldSinceMs) break;
      count++;
    }
    for (const dated of this.#waiting.splice(0, count)) this.#send(dated);
  }

  #send({ record, current, onSent, wallMs }: DatedRecord): void {
    this.#emit({ timestampMs: this.timeOf(wallMs), ...(current?.() ?? record) });
    onSent?.();
  }
}

/** At the same moment text comes first: what waits, waits for text. Only text has no level yet. */
function comesBefore(one: DatedRecord, other: DatedRecord): boolean {
  if (one.steadyMs !== other.steadyMs) return one.steadyMs < other.steadyMs;
  return one.record.level === undefined && other.record.level !== undefined;
}
