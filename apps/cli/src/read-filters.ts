import { ENTRY_TYPES, LEVELS, LOG_FILES } from '@mcplog/log-entry';
import { type LogFilters, REGEX_CHARS_MAX, SEARCH_CHARS_MAX } from '@mcplog/protocol';
import { usageError } from './errors.ts';
import type { FilterFlags } from './filter-options.ts';
import { readWhen, WHEN_FORM } from './when.ts';

/** Filters as the API takes them; `meta.<key>` beside the fixed ones. */
export type FilterParameters = LogFilters & Record<string, string>;

/** @throws CliError (usage) naming every flag that is not accepted */
export function readFilters(flags: FilterFlags, nowMs: number = Date.now()): FilterParameters {
  const filters: Record<string, string> = {};
  const problems: string[] = [];
  const keep = (name: string, value: string | undefined) => {
    if (value !== undefined) filters[name] = value;
  };
  const check = (flag: string, words: string | undefined, accepted: readonly string[]) => {
    const unknown = (words ?? '').split(',').filter((word) => !accepted.includes(word.trim()));
    if (words === undefined || unknown.length === 0) return words;
    problems.push(`${flag} ${unknown.join(',')}: accepted are ${accepted.join(', ')}`);
    return undefined;
  };
  const when = (flag: string, text: string | undefined) => {
    if (text === undefined) return undefined;
    const iso = readWhen(text, nowMs);
    if (iso === undefined) problems.push(`${flag} ${text}: accepted is ${WHEN_FORM}`);
    return iso;
  };
  const short = (flag: string, text: string | undefined, charsMax: number) => {
    if (text === '' || (text?.length ?? 0) > charsMax) {
      problems.push(`${flag}: accepted are 1 to ${charsMax} characters`);
    }
    return text;
  };
  keep('search', short('the text', flags.search, SEARCH_CHARS_MAX));
  keep('regex', short('--regex', flags.regex, REGEX_CHARS_MAX));
  keep('level', check('--level', flags.level, LEVELS));
  keep('min_level', check('--min-level', flags.minLevel, LEVELS));
  keep('start_time', when('--since', flags.since));
  keep('end_time', when('--until', flags.until));
  keep('type', check('--type', flags.type, ENTRY_TYPES));
  keep('file', check('--file', flags.file, LOG_FILES));
  for (const pair of flags.meta ?? []) readMeta(pair, filters, problems);
  if (problems.length > 0) throw usageError(problems.join('; '));
  return filters as FilterParameters;
}

function readMeta(pair: string, filters: Record<string, string>, problems: string[]): void {
  const at = pair.indexOf('=');
  if (at < 1) problems.push(`--meta ${pair}: accepted is key=value`);
  else filters[`meta.${pair.slice(0, at)}`] = pair.slice(at + 1);
}
