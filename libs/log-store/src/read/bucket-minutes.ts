/** Counts whole minutes of a minute table into buckets, and says which minutes must be read. */

import type { BlockTable } from '../segment/block-table.ts';
import { MINUTE_MS, type MinuteTable } from '../segment/minute-table.ts';
import type { BucketCounter } from './bucket-counter.ts';
import type { LineMatcher } from './line-matcher.ts';
import { wantedKinds } from './minute-counts.ts';

/**
 * @returns minutes that an edge of the range or of a bucket cuts in two, as far as they have
 *   entries that count: those are not counted yet.
 */
export function bucketMinutes(
  minutes: MinuteTable,
  { compiled }: LineMatcher,
  counter: BucketCounter,
): Set<number> {
  const { startMs: rangeStartMs, endMs: rangeEndMs } = counter.range;
  const startMs = Math.max(rangeStartMs, compiled.filter.startMs ?? rangeStartMs);
  const lastMs = Math.min(rangeEndMs - 1, compiled.filter.endMs ?? rangeEndMs - 1);
  const { isWanted } = wantedKinds(compiled);
  const cut = new Set<number>();
  const lastMinute = Math.floor(lastMs / MINUTE_MS);
  for (let row = minutes.firstFrom(Math.floor(startMs / MINUTE_MS)); row < minutes.length; row++) {
    const minute = minutes.minute(row);
    if (minute > lastMinute) break;
    const rank = minutes.level(row);
    if (!isWanted(rank, minutes.type(row))) continue;
    const firstMs = minute * MINUTE_MS;
    const endMs = firstMs + MINUTE_MS - 1;
    const isWhole = firstMs >= startMs && endMs <= lastMs;
    if (isWhole && counter.bucketOf(firstMs) === counter.bucketOf(endMs)) {
      counter.add(firstMs, rank, minutes.entries(row));
    } else {
      cut.add(minute);
    }
  }
  return cut;
}

/** The blocks of `candidates` that may hold an entry of one of the minutes. */
export function blocksOfMinutes(
  blocks: BlockTable,
  candidates: readonly number[],
  minutes: ReadonlySet<number>,
): number[] {
  const sorted = [...minutes].sort((left, right) => left - right);
  return candidates.filter((block) => {
    const first = Math.floor(blocks.firstMs(block) / MINUTE_MS);
    const next = sorted[firstFrom(sorted, first)];
    return next !== undefined && next * MINUTE_MS <= blocks.lastMs(block);
  });
}

function firstFrom(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
