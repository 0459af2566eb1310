/** The lines of one chunk that a filter wants. */
import type { LogEntry } from '@mcplog/log-entry';

/** Parallel lists, in the order of the file. */
export interface Matches {
  readonly seqs: ArrayLike<number>;
  /** Offsets in the chunk: first byte, and the place of the newline. */
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
  /** What was parsed to decide; absent where bytes were enough. */
  readonly entries: readonly (LogEntry | undefined)[];
  /** Lines looked at that are no entries. */
  readonly damaged: number;
}

/** Matches while they are found. */
export class MatchList implements Matches {
  readonly seqs: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly entries: (LogEntry | undefined)[] = [];
  damaged = 0;
}

export interface SeqBounds {
  /** Only lines with after < seq <= until. */
  readonly after: number;
  readonly until: number;
}

/** The matches within the bounds; seqs rise within a chunk. */
export function clipMatches(matches: Matches, { after, until }: SeqBounds): Matches {
  const { seqs, starts, ends, entries, damaged } = matches;
  const from = firstAbove(seqs, after);
  const to = firstAbove(seqs, until);
  if (from === 0 && to === seqs.length) return matches;
  const cut = (list: ArrayLike<number>) => Array.prototype.slice.call(list, from, to) as number[];
  return {
    seqs: cut(seqs),
    starts: cut(starts),
    ends: cut(ends),
    entries: entries.slice(from, to),
    damaged,
  };
}

/** How many of the rising seqs are not above the limit. */
export function firstAbove(seqs: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = seqs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((seqs[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
