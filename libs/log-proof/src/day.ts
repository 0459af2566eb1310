/** Days are UTC and written `2025-07-13`: as text they sort by time. */

const DAY_MS = 86_400_000;

export const DAY_PATTERN = '^\\d{4}-\\d{2}-\\d{2}$';

/** @param ms milliseconds since 1970 */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function dayAfter(day: string, days = 1): string {
  return dayOf(Date.parse(day) + days * DAY_MS);
}
