import { FairTurn } from '../scan/fair-turn.ts';
import type { LineSource } from './line-source.ts';
import type { ScanGuard } from './scan-guard.ts';

/** The seqs a source must leave to the others of the same log. */
export interface SourceLimit {
  readonly source: LineSource;
  /** Only lines with after < seq <= until. */
  readonly after: number;
  readonly until: number;
}

const EVERYTHING = { after: 0, until: Number.MAX_SAFE_INTEGER };

/**
 * Puts the files of one log in order. Rotated files and the active one stand in the order of their
 * names and share no seq, so none of them is opened for it. A file that was set aside stands where
 * its first seq puts it, and may end in lines that were written again to its successor: it only
 * counts up to there. When its beginning was lost, its successor may even start before it and counts
 * as far as it goes.
 * @param inOrder rotated and sealed files by name, then the active one.
 */
export async function orderSources(
  inOrder: readonly LineSource[],
  setAside: readonly LineSource[],
  guard: ScanGuard,
): Promise<SourceLimit[]> {
  if (setAside.length === 0) return inOrder.map((source) => ({ source, ...EVERYTHING }));
  const aside = await filled(setAside, guard);
  const kept = await filled(inOrder, guard);
  const isFilled = new Set([...aside, ...kept].map(({ source }) => source));
  // Of a file without lines there may be damage to tell.
  const empty = [...setAside, ...inOrder].filter((source) => !isFilled.has(source));
  // A stable sort keeps the older of two files with the same first seq in front: it counts nothing.
  const all = [...aside, ...kept].sort((left, right) => left.first - right.first);
  const limited = all.map((file, place) => {
    const { source, first } = file;
    if (!aside.includes(file)) return { source, ...EVERYTHING };
    const before = kept.filter((other) => other.first <= first).map(({ last }) => last);
    const next = all[place + 1]?.first ?? Number.POSITIVE_INFINITY;
    const until = Math.min(next - 1, EVERYTHING.until);
    return { source, after: Math.max(0, ...before), until };
  });
  return [...limited, ...empty.map((source) => ({ source, ...EVERYTHING }))];
}

interface FilledSource {
  readonly source: LineSource;
  readonly first: number;
  readonly last: number;
}

async function filled(sources: readonly LineSource[], guard: ScanGuard): Promise<FilledSource[]> {
  const found: FilledSource[] = [];
  const turn = new FairTurn();
  for (const source of sources) {
    await turn.give(guard);
    const ends = await source.ends(guard);
    if (ends !== undefined) found.push({ source, ...ends });
  }
  return found;
}
