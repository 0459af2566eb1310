/**
 * The position of an entry: `seq = run * 2^32 + n`.
 *
 * `run` counts the starts of one instance's process (taken from the registry, never reused), `n`
 * counts the entries of that run from 1. So seq rises strictly whatever the clock does, a restart
 * can never repeat one, and a missing n shows a hole. Both fit a double exactly.
 */
const N_RANGE = 2 ** 32;

/** Largest n of a run. */
export const N_MAX = N_RANGE - 1;
/** Largest run: seq stays below 2^53. */
export const RUN_MAX = 2 ** 21 - 1;

/** Joins a run (1..RUN_MAX) and a position in it (1..N_MAX). */
export function makeSeq(run: number, n: number): number {
  if (!Number.isInteger(run) || run < 1 || run > RUN_MAX) throw new RangeError(`run ${run}`);
  if (!Number.isInteger(n) || n < 1 || n > N_MAX) throw new RangeError(`n ${n}`);
  return run * N_RANGE + n;
}

export function runOfSeq(seq: number): number {
  return Math.floor(seq / N_RANGE);
}

export function nOfSeq(seq: number): number {
  return seq % N_RANGE;
}
