import {
  ENTRY_TYPES,
  type EntryType,
  LOG_FILES,
  type LogFile,
  SYSTEM_LEVELS,
  type SystemLevel,
} from '@mcplog/log-entry';
import type { FilterProblem, LogFilter } from './filter.ts';
import { parseTime, TIME_FORM } from './parse-time.ts';
import { compilePattern } from './pattern.ts';

const META_PREFIX = 'meta.';

/** Names of the query parameters that make a filter, besides `meta.<key>`. */
export const FILTER_PARAMETERS = [
  'start_time',
  'end_time',
  'level',
  'min_level',
  'search',
  'regex',
  'file',
  'type',
] as const;
type Parameter = (typeof FILTER_PARAMETERS)[number];

export type FilterResult =
  | { readonly ok: true; readonly filter: LogFilter }
  | { readonly ok: false; readonly problems: readonly FilterProblem[] };

type Draft = { -readonly [Key in keyof LogFilter]: LogFilter[Key] };
/** Puts one parameter into the draft, or says what is wrong with it. */
type Reader = (text: string, draft: Draft) => string | undefined;

/**
 * Reads a filter from a query string's parameters. Parameters that belong to no filter are left to
 * the caller. Refuses with every problem at once.
 */
export function parseLogFilter(raw: Readonly<Record<string, unknown>>): FilterResult {
  const draft: Draft = {};
  const problems: FilterProblem[] = [];
  for (const [path, value] of Object.entries(raw)) {
    if (value === undefined) continue;
    const reader = readerOf(path);
    if (reader === undefined) continue;
    const problem = typeof value === 'string' ? reader(value, draft) : 'give it once, as text';
    if (problem !== undefined) problems.push({ path, problem });
  }
  const { startMs, endMs } = draft;
  if (startMs !== undefined && endMs !== undefined && endMs < startMs) {
    problems.push({
      path: 'end_time',
      problem: 'is before start_time; give the later moment here',
    });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, filter: draft };
}

function readerOf(path: string): Reader | undefined {
  if (Object.hasOwn(READERS, path)) return READERS[path as Parameter];
  return path.startsWith(META_PREFIX) ? metadataReader(path.slice(META_PREFIX.length)) : undefined;
}

const READERS: Readonly<Record<Parameter, Reader>> = {
  start_time: (text, draft) => readTime(text, (ms) => assign(draft, { startMs: ms })),
  end_time: (text, draft) => readTime(text, (ms) => assign(draft, { endMs: ms })),
  level: (text, draft) =>
    readWords<SystemLevel>(text, SYSTEM_LEVELS, (levels) => assign(draft, { levels })),
  min_level: (text, draft) =>
    readWord<SystemLevel>(text, SYSTEM_LEVELS, (minLevel) => assign(draft, { minLevel })),
  search: (text, draft) => readText(text, (search) => assign(draft, { search })),
  regex: readRegex,
  file: (text, draft) => readWord<LogFile>(text, LOG_FILES, (file) => assign(draft, { file })),
  type: (text, draft) =>
    readWords<EntryType>(text, ENTRY_TYPES, (types) => assign(draft, { types })),
};

function assign(draft: Draft, part: LogFilter): undefined {
  Object.assign(draft, part);
}

function readTime(text: string, keep: (ms: number) => undefined): string | undefined {
  const ms = parseTime(text);
  return ms === undefined ? `${quote(text)} is no time; accepted: ${TIME_FORM}` : keep(ms);
}

function readWord<Word extends string>(
  text: string,
  accepted: readonly Word[],
  keep: (word: Word) => undefined,
): string | undefined {
  const word = accepted.find((candidate) => candidate === text);
  return word === undefined ? refuseWords([text], accepted) : keep(word);
}

function readWords<Word extends string>(
  text: string,
  accepted: readonly Word[],
  keep: (words: Word[]) => undefined,
): string | undefined {
  const asked = text.split(',').map((word) => word.trim());
  const unknown = asked.filter((word) => !accepted.includes(word as Word));
  if (unknown.length > 0) return refuseWords(unknown, accepted);
  return keep(accepted.filter((word) => asked.includes(word)));
}

function refuseWords(unknown: readonly string[], accepted: readonly string[]): string {
  return `${unknown.map(quote).join(', ')} not known; accepted: ${accepted.join(', ')}`;
}

function readText(text: string, keep: (text: string) => undefined): string | undefined {
  return text === '' ? 'is empty; leave it out or give some text' : keep(text);
}

function readRegex(text: string, draft: Draft): string | undefined {
  if (text === '') return 'is empty; leave it out or give an expression in RE2 syntax';
  const compiled = compilePattern(text);
  return compiled.ok ? assign(draft, { regex: text }) : compiled.problem;
}

function metadataReader(key: string): Reader {
  if (key === '') return () => 'names no key; write meta.<key>=<value>';
  return (text, draft) => {
    const metadata = Object.fromEntries([...Object.entries(draft.metadata ?? {}), [key, text]]);
    return assign(draft, { metadata });
  };
}

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
