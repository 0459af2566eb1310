/**
 * Compares what a numbered server says it wrote (its ledger) with what was kept. A process of that
 * server writes consecutive numbers, and each later process leaves one number out, so that a
 * consecutive stretch of the ledger is what one process wrote.
 */
import { readFileSync } from 'node:fs';
import { type LogEntry, nOfSeq, runOfSeq } from '@mcplog/log-entry';

const NUMBERED_LINE = /^line (\d+)(?: at \d+)?\.*$/gm;

export interface LedgerFindings {
  /** Numbers that were kept more than once. */
  readonly doubled: readonly number[];
  /** Numbers that come after a higher one. */
  readonly disordered: readonly number[];
  /** Kept, yet never written: at most the line a process was killed in. */
  readonly invented: readonly number[];
  /** Written, followed by something the same process wrote and that was kept, yet not kept. */
  readonly holes: readonly number[];
  /** For each process that has any: how many of its last lines were not kept. */
  readonly tails: readonly number[];
}

/** The numbers in the ledger; a last line without newline was not finished. */
export function readLedger(file: string): number[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1).map(Number);
}

/** The numbers of all numbered lines in these entries, in their order. */
export function numbersIn(entries: readonly LogEntry[]): number[] {
  return entries.flatMap(({ message }) =>
    [...message.matchAll(NUMBERED_LINE)].map(([, number]) => Number(number)),
  );
}

export function compareWithLedger(
  ledger: readonly number[],
  kept: readonly number[],
): LedgerFindings {
  const written = new Set(ledger);
  const have = new Set(kept);
  const tails: number[] = [];
  const holes: number[] = [];
  for (const stretch of consecutiveStretches(ledger)) {
    const lastKept = stretch.findLastIndex((number) => have.has(number));
    const missing = stretch.slice(0, lastKept + 1).filter((number) => !have.has(number));
    holes.push(...missing);
    if (lastKept < stretch.length - 1) tails.push(stretch.length - 1 - lastKept);
  }
  return {
    doubled: repeated(kept),
    disordered: kept.filter((number, index) => number < (kept[index - 1] ?? 0)),
    invented: kept.filter((number) => !written.has(number) && !written.has(number - 1)),
    holes,
    tails,
  };
}

function repeated(numbers: readonly number[]): number[] {
  const seen = new Set<number>();
  return numbers.filter((number) => seen.size === seen.add(number).size);
}

/** For each run: the n that are missing between 1 and its highest. Empty: no run has a hole. */
export function missingInRuns(entries: readonly LogEntry[]): Record<number, number[]> {
  const runs = Map.groupBy(entries, ({ metadata }) => runOfSeq(metadata.seq));
  const missing = [...runs].map(([run, some]) => {
    const seen = new Set(some.map(({ metadata }) => nOfSeq(metadata.seq)));
    const highest = Math.max(...seen);
    const numbers = Array.from({ length: highest }, (_, index) => index + 1);
    return [run, numbers.filter((n) => !seen.has(n))] as const;
  });
  return Object.fromEntries(missing.filter(([, numbers]) => numbers.length > 0));
}

function consecutiveStretches(numbers: readonly number[]): number[][] {
  const stretches: number[][] = [];
  for (const [index, number] of numbers.entries()) {
    if (index > 0 && number === (numbers[index - 1] ?? 0) + 1) stretches.at(-1)?.push(number);
    else stretches.push([number]);
  }
  return stretches;
}
