import type { LineSource } from './line-source.ts';
import type { ScanGuard } from './scan-guard.ts';

/** The seqs a source must leave to the sources that follow it in the same log. */
export interface SourceLimit {
  readonly source: LineSource;
  readonly until: number;
}

/**
 * Puts the files of one log in order. Rotated files and the active one stand in the order of their
 * names and share no seq, so none of them is opened for it. A file that was set aside stands where
 * its first seq puts it, and may end in lines that were written again to its successor: it only
 * counts up to there.
 * @param inOrder rotated and sealed files by name, then the active one.
 */
export async function orderSources(
  inOrder: readonly LineSource[],
  setAside: readonly LineSource[],
  guard: ScanGuard,
): Promise<SourceLimit[]> {
  if (setAside.length === 0) {
    return inOrder.map((source) => ({ source, until: Number.MAX_SAFE_INTEGER }));
  }
  const filled: { source: LineSource; first: number }[] = [];
  for (const source of [...setAside, ...inOrder]) {
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
