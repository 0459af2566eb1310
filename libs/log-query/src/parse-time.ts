const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** What {@link parseTime} accepts, for messages. */
export const TIME_FORM = 'ISO 8601 such as 2025-07-13T15:30:00.000Z or 2025-07-13';

/**
 * Milliseconds since 1970 of an ISO 8601 date or date-time; `undefined` when it is none or names no
 * real day. Without an offset it is UTC; digits below the millisecond are dropped.
 */
export function parseTime(text: string): number | undefined {
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = ''] = parts;
  const millisecond = fraction.padEnd(3, '0').slice(0, 3);
  const asUtc = `${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecond}Z`;
  const utcMs = Date.parse(asUtc);
  // Date.parse reads 30 February as 2 March and 24:00 as the next day.
  if (Number.isNaN(utcMs) || new Date(utcMs).toISOString() !== asUtc) return undefined;
  const offset = offsetMinutes(parts[8] ?? 'Z');
  return offset === undefined ? undefined : utcMs - offset * 60_000;
}

function offsetMinutes(text: string): number | undefined {
  if (text.toUpperCase() === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
