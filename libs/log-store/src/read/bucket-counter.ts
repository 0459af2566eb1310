import { parseEntry, SYSTEM_LEVELS } from '@mcplog/log-entry';
import { isFramed, levelAt, timestampAt } from './line-frame.ts';
import type { LineBatch } from './line-source.ts';
import type { LogHistogram } from './reader-types.ts';

export const BUCKETS_MAX = 10_000;

const MINUTE_MS = 60_000;
const LEVEL_WORDS: readonly string[] = SYSTEM_LEVELS;
const LEVELS = LEVEL_WORDS.length;

export interface BucketRange {
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly bucketMs: number;
  /** Minutes since 1970 whose entries count; absent: all. */
  readonly minutes?: ReadonlySet<number>;
}

/** Counts entries per level and stretch of time. */
export class BucketCounter {
  readonly range: BucketRange;
  readonly #buckets: number;
  /** Per bucket one count for each level, by rank. */
  readonly #counts: Float64Array;

  /** @throws RangeError for a range or width that makes no sense. */
  constructor(range: BucketRange) {
    const { startMs, endMs, bucketMs } = range;
    const buckets = Math.ceil((endMs - startMs) / bucketMs);
    if (!(bucketMs >= 1 && buckets >= 1 && buckets <= BUCKETS_MAX)) {
      throw new RangeError(
        `${buckets} buckets of ${bucketMs} ms: 1 to ${BUCKETS_MAX} are possible`,
      );
    }
    this.range = range;
    this.#buckets = buckets;
    this.#counts = new Float64Array(buckets * LEVELS);
  }

  addMatches({ chunk, matches }: LineBatch): void {
    const { starts, ends, entries } = matches;
    for (let at = 0; at < starts.length; at++) {
      const start = starts[at] as number;
      if (isFramed(chunk, start, ends[at] as number)) {
        this.add(timestampAt(chunk, start), levelAt(chunk, start), 1);
      } else {
        const entry = entries[at] ?? parseEntry(chunk.toString('utf8', start, ends[at]));
        const rank = LEVEL_WORDS.indexOf(entry?.level ?? '');
        this.add(Date.parse(entry?.timestamp ?? ''), rank, 1);
      }
    }
  }

  /** The bucket of a moment; outside of the range it is no bucket's number. */
  bucketOf(ms: number): number {
    return Math.floor((ms - this.range.startMs) / this.range.bucketMs);
  }

  add(ms: number, rank: number, entries: number): void {
    const { minutes } = this.range;
    // A level that is none belongs to no count.
    if (rank < 0 || rank >= LEVELS) return;
    if (minutes !== undefined && !minutes.has(Math.floor(ms / MINUTE_MS))) return;
    this.#addAt(this.bucketOf(ms) * LEVELS + rank, entries);
  }

  /** Place and count of what is above zero, in turns: short enough to be sent. */
  pack(): Float64Array {
    const places = [...this.#counts.keys()].filter((place) => this.#counts[place] !== 0);
    return Float64Array.from(places.flatMap((place) => [place, this.#counts[place] ?? 0]));
  }

  addPacked(packed: Float64Array): void {
    for (let at = 0; at < packed.length; at += 2) {
      this.#addAt(packed[at] as number, packed[at + 1] as number);
    }
  }

  result(): LogHistogram['buckets'] {
    return Array.from({ length: this.#buckets }, (_, bucket) => ({
      startMs: this.range.startMs + bucket * this.range.bucketMs,
      counts: this.#countsOf(bucket),
    }));
  }

  #addAt(place: number, entries: number): void {
    this.#counts[place] = (this.#counts[place] ?? 0) + entries;
  }

  #countsOf(bucket: number): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [rank, level] of SYSTEM_LEVELS.entries()) {
      const count = this.#counts[bucket * LEVELS + rank] ?? 0;
      if (count > 0) counts[level] = count;
    }
    return counts;
  }
}
