/** Random numbers that are the same in every run, so that every run sees the same lines. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(values: readonly T[]): T;
  /** Looks like a version 4 UUID. */
  uuid(): string;
}

/** Marsaglia's xorshift32; the seed is not 0. */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const below = (limit: number) => next() % limit;
  const hex = () => next().toString(16).padStart(8, '0');
  return {
    below,
    pick: <T>(values: readonly T[]) => values[below(values.length)] as T,
    uuid: () => {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()];
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
  };
}
