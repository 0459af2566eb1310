const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

export const WHEN_FORM =
  'an age such as 90s, 10m, 2h, 3d or 1w, or a time such as 2026-11-23T12:00';

/**
 * A moment as ISO 8601 in UTC, from an age before `nowMs` or a time. A time without a zone is
 * local, as on the user's clock. Undefined when it is neither.
 */
export function readWhen(text: string, nowMs: number = Date.now()): string | undefined {
  const age = /^(\d{1,9})([smhdw])$/.exec(text.trim());
  if (age !== null) {
    const ms = nowMs - Number(age[1]) * (UNIT_MS[age[2] ?? ''] ?? 0);
    return toIso(ms);
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(text.trim())) return undefined;
  // A bare date would be read as UTC, and one with a time as local: both are local here.
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text.trim());
  return toIso(Date.parse(isDate ? `${text.trim()}T00:00:00` : text.trim()));
}

function toIso(ms: number): string | undefined {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) || time.getTime() < 0 ? undefined : time.toISOString();
}
