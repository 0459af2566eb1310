/** Several logs as one, in order of seq, with one batch of each in memory. */
import type { LogEntry } from '@mcplog/log-entry';
import type { LineBatch } from './line-source.ts';
import type { Order } from './reader-types.ts';

/** A line of a batch; its buffer is valid until the next {@link LineMerge.load}. */
export interface MergedLine {
  readonly chunk: Buffer;
  readonly start: number;
  /** The place of its newline. */
  readonly end: number;
  readonly seq: number;
  /** What the matcher parsed, if it had to. */
  readonly entry: LogEntry | undefined;
}

/** Lines of one batch that stand side by side, valid as long as a line of it. */
export interface MergedRun {
  readonly chunk: Buffer;
  readonly start: number;
  /** The place behind the last line. */
  readonly end: number;
  readonly lines: number;
}

/**
 * Pulls lines: `while (await merge.load()) for (line = take(); line; line = take()) …`, so that
 * only batches are awaited, never lines. A seq that two logs have is given once.
 */
export class LineMerge {
  readonly #streams: readonly Stream[];
  readonly #ascending: boolean;
  #previous = Number.NaN;
  #damaged = 0;

  constructor(iterators: readonly AsyncGenerator<LineBatch>[], order: Order) {
    this.#streams = iterators.map((batches) => new Stream(batches, order));
    this.#ascending = order === 'asc';
  }

  /** Lines met so far that are no entries. */
  get damagedLines(): number {
    return this.#damaged;
  }

  /** @returns false when every log is at its end. */
  async load(): Promise<boolean> {
    await Promise.all(this.#streams.map((stream) => this.#fill(stream)));
    return this.#streams.some((stream) => stream.state === 'filled');
  }

  /** The next line; `undefined` when a batch has run out and `load` is due. */
  take(): MergedLine | undefined {
    for (;;) {
      const stream = this.#nearest();
      if (stream === undefined) return undefined;
      const isNew = stream.seq !== this.#previous;
      const line = isNew ? stream.line() : undefined;
      this.#previous = stream.seq;
      stream.step();
      if (line !== undefined) return line;
    }
  }

  /** As many lines as stand side by side before another log's turn comes; one when they fall. */
  takeRun(): MergedRun | undefined {
    for (;;) {
      const stream = this.#nearest();
      if (stream === undefined) return undefined;
      if (stream.seq === this.#previous) {
        stream.step();
        continue;
      }
      const run = stream.run(this.#limitOf(stream));
      this.#previous = run.lastSeq;
      return run;
    }
  }

  /** Below it lines of a stream are nobody else's turn. */
  #limitOf(stream: Stream): number {
    let limit = Number.POSITIVE_INFINITY;
    for (const other of this.#streams) {
      if (other !== stream && other.state === 'filled' && other.seq < limit) limit = other.seq;
    }
    return limit;
  }

  async close(): Promise<void> {
    await Promise.all(this.#streams.map((stream) => stream.batches.return(undefined)));
  }

  async #fill(stream: Stream): Promise<void> {
    while (stream.state === 'empty') {
      const { value, done } = await stream.batches.next();
      if (done === true) {
        stream.state = 'done';
        return;
      }
      this.#damaged += value.matches.damaged;
      stream.fill(value);
    }
  }

  /** Undefined also while any log's next line is unknown. */
  #nearest(): Stream | undefined {
    let best: Stream | undefined;
    for (const stream of this.#streams) {
      if (stream.state === 'empty') return undefined;
      if (stream.state === 'done') continue;
      if (best === undefined || stream.seq < best.seq === this.#ascending) best = stream;
    }
    return best;
  }
}

/** One log's place in the merge. */
class Stream {
  readonly batches: AsyncGenerator<LineBatch>;
  state: 'empty' | 'filled' | 'done' = 'empty';
  seq = 0;
  readonly #step: 1 | -1;
  #batch: LineBatch | undefined;
  #at = 0;

  constructor(batches: AsyncGenerator<LineBatch>, order: Order) {
    this.batches = batches;
    this.#step = order === 'asc' ? 1 : -1;
  }

  fill(batch: LineBatch): void {
    this.#batch = batch;
    this.#moveTo(this.#step > 0 ? 0 : batch.matches.seqs.length - 1);
  }

  step(): void {
    this.#moveTo(this.#at + this.#step);
  }

  line(): MergedLine {
    const { chunk, matches } = this.#batch as LineBatch;
    return {
      chunk,
      start: matches.starts[this.#at] as number,
      end: matches.ends[this.#at] as number,
      seq: this.seq,
      entry: matches.entries[this.#at],
    };
  }

  /** The lines from here on, side by side, whose seqs rise and stay below the limit; at least one. */
  run(limit: number): MergedRun & { readonly lastSeq: number } {
    const { chunk, matches } = this.#batch as LineBatch;
    const { seqs, starts, ends } = matches;
    const first = this.#at;
    let last = first;
    for (let at = first + 1; this.#step > 0 && at < seqs.length; at++) {
      const seq = seqs[at] as number;
      if (seq >= limit || seq === seqs[last] || starts[at] !== (ends[last] as number) + 1) break;
      last = at;
    }
    const lastSeq = seqs[last] as number;
    this.#moveTo(last + this.#step);
    const [start, end] = [starts[first] as number, (ends[last] as number) + 1];
    return { chunk, start, end, lines: last - first + 1, lastSeq };
  }

  #moveTo(at: number): void {
    const seq = this.#batch?.matches.seqs[at];
    this.#at = at;
    this.state = seq === undefined ? 'empty' : 'filled';
    this.seq = seq ?? 0;
  }
}
