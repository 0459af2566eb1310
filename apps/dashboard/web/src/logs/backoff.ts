const FIRST_MS = 500;
const MAX_MS = 15_000;

/**
 * Milliseconds to wait before the `attempt`-th try in a row (from 1): doubling up to 15 s, half of
 * it by chance (`chance` from 0 to 1), so that many pages do not come back in one moment.
 */
export function backoffMs(attempt: number, chance = Math.random()): number {
  const full = Math.min(FIRST_MS * 2 ** (attempt - 1), MAX_MS);
  return Math.round(full / 2 + (full / 2) * chance);
}
