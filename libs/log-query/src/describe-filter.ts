import type { LogFilter } from './filter.ts';

/** The `filters_applied` of an answer: the parameters that would ask for the same again. */
export function describeFilter(filter: LogFilter): Record<string, string> {
  const { startMs, endMs, levels, minLevel, search, regex, file, types, metadata } = filter;
  return {
    ...(startMs !== undefined && { start_time: writeTime(startMs) }),
    ...(endMs !== undefined && { end_time: writeTime(endMs) }),
    ...(levels !== undefined && { level: levels.join(',') }),
    ...(minLevel !== undefined && { min_level: minLevel }),
    ...(search !== undefined && { search }),
    ...(regex !== undefined && { regex }),
    ...(file !== undefined && { file }),
    ...(types !== undefined && { type: types.join(',') }),
    ...Object.fromEntries(
      Object.entries(metadata ?? {}).map(([key, value]) => [`meta.${key}`, value]),
    ),
  };
}

/** Whole seconds are written as the seed writes them, without a fraction. */
function writeTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
