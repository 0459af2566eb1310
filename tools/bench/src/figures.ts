/** Arithmetic of measurements. */

/** The middle of the values, of two the mean. @throws RangeError for none */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

/** Medians of the values that records of the same keys have under each key. */
export function medianByKey(
  records: readonly Readonly<Record<string, number>>[],
): Record<string, number> {
  const keys = Object.keys(records[0] ?? {});
  return Object.fromEntries(
    keys.map((key) => [key, median(records.map((record) => record[key] ?? 0))]),
  );
}

/** Cut to this many significant digits, so that a file shows no precision that was not measured. */
export function significant(value: number, digits = 3): number {
  return Number(value.toPrecision(digits));
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** `1234567` as `1,234,567`. */
export function withCommas(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Milliseconds with as many digits as matter: `0.42`, `3.1`, `250`. */
export function inMs(value: number): string {
  return value >= 100 ? withCommas(value) : String(significant(value, 2));
}
