import type { LineSource } from './line-source.ts';
import type { ScanGuard } from './scan-guard.ts';

/** The seqs a source must leave to the sources that follow it in the same log. */
export interface SourceLimit {
  readonly source: LineSource;
  readonly until: number;
}

/**
 * Puts the files of one log in order. A file that was set aside may end in lines that were written
 * again to its successor: it only counts up to there.
 */
export async function orderSources(
  sources: readonly LineSource[],
  guard: ScanGuard,
): Promise<SourceLimit[]> {
  const [only, ...others] = sources;
  if (only === undefined) return [];
  if (others.length === 0) return [{ source: only, until: Number.MAX_SAFE_INTEGER }];
  const filled: { source: LineSource; first: number }[] = [];
  for (const source of sources) {
    const ends = await source.ends(guard);
    if (ends !== undefined) filled.push({ source, first: ends.first });
  }
  // A stable sort keeps the older of two files with the same first seq in front: it counts nothing.
  filled.sort((left, right) => left.first - right.first);
  return filled.map(({ source }, place) => {
    const next = filled[place + 1];
    return { source, until: next === undefined ? Number.MAX_SAFE_INTEGER : next.first - 1 };
  });
}
