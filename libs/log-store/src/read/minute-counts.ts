/** Counts entries by the minute table: whole minutes need no block, the rest is named. */
import { ENTRY_TYPES, levelRank } from '@mcplog/log-entry';
import type { CompiledFilter } from '@mcplog/log-query';
import { MINUTE_MS, type MinuteTable } from '../segment/minute-table.ts';

/** Both ends inclusive, milliseconds since 1970. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

export interface WantedKinds {
  isWanted(level: number, type: number): boolean;
}

export function wantedKinds({ levels, types }: CompiledFilter): WantedKinds {
  const ranks = levels && new Set([...levels].map((level) => levelRank(level)));
  const places = types && new Set([...types].map((type) => ENTRY_TYPES.indexOf(type)));
  return {
    isWanted: (level, type) => (ranks?.has(level) ?? true) && (places?.has(type) ?? true),
  };
}

export interface SplitRange {
  /** First and last minute that lie wholly within. */
  readonly first: number;
  readonly last: number;
  /** What is left of the range: parts of minutes, at most two. */
  readonly rest: readonly TimeRange[];
}

/** Splits a range into whole minutes and the parts of minutes at its ends. */
export function splitByMinutes({ startMs, endMs }: TimeRange): SplitRange {
  const first = Math.ceil(startMs / MINUTE_MS);
  const last = Math.floor((endMs + 1) / MINUTE_MS) - 1;
  if (first > last) return { first, last, rest: [{ startMs, endMs }] };
  const rest: TimeRange[] = [];
  if (startMs < first * MINUTE_MS) rest.push({ startMs, endMs: first * MINUTE_MS - 1 });
  if (endMs >= (last + 1) * MINUTE_MS) rest.push({ startMs: (last + 1) * MINUTE_MS, endMs });
  return { first, last, rest };
}

/** Entries of wanted level and type in the minutes from `first` to `last`. */
export function countMinutes(
  minutes: MinuteTable,
  { first, last }: { readonly first: number; readonly last: number },
  wanted: WantedKinds,
): number {
  let entries = 0;
  for (let row = minutes.firstFrom(first); row < minutes.length; row++) {
    if (minutes.minute(row) > last) break;
    if (wanted.isWanted(minutes.level(row), minutes.type(row))) entries += minutes.entries(row);
  }
  return entries;
}
