/**
 * The places of a longest rising subsequence: which members can keep their order, so that those that
 * were moved are as few as possible. Patience sorting, n log n.
 */
export function longestRise(values: readonly number[]): Set<number> {
  /** Per length, the place of the smallest value that ends a rise of it. */
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  for (const [place, value] of values.entries()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[ends[middle] as number] as number) < value) low = middle + 1;
      else high = middle;
    }
    before.push(ends[low - 1]);
    ends[low] = place;
  }
  const rise = new Set<number>();
  for (let place = ends.at(-1); place !== undefined; place = before[place]) rise.add(place);
  return rise;
}
