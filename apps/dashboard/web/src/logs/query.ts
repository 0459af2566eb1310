/**
 * The language of the search box.
 *
 *     text with spaces      substring of the message or any metadata value
 *     "level:error"         quotes take a word literally
 *     /time.?out/           regular expression (RE2) over the message
 *     level:error,warn      exact levels; level:warn+ means warn and above
 *     file:access           app, access or error
 *     type:stderr           stdout, stderr, system or http
 *     tool:get_file         short for meta.gen_ai.tool.name
 *     meta.key:value        any metadata field; values with spaces in quotes
 *
 * Everything must hold at once. A word with an unknown key (`http://x`, `12:30`) is plain text.
 */
import { ENTRY_TYPES, LOG_FILES, SYSTEM_LEVELS } from '@mcplog/log-entry';

/** What the APIs take: one text per parameter. */
export type Filters = Readonly<Record<string, string>>;

export interface ParsedQuery {
  readonly filters: Filters;
  /** What is wrong, in words for the person typing; the filters leave those terms out. */
  readonly problems: readonly string[];
}

/** One word of the query as it was typed. */
export interface Term {
  readonly key: string;
  readonly value: string;
  readonly raw: string;
}

/** Short keys for long metadata names (OpenTelemetry's MCP conventions). */
export const KEY_SHORTHANDS: Readonly<Record<string, string>> = {
  tool: 'meta.gen_ai.tool.name',
  method: 'meta.mcp.method.name',
  outcome: 'meta.outcome',
};

const ACCEPTED: Readonly<Record<string, readonly string[]>> = {
  level: SYSTEM_LEVELS,
  type: ENTRY_TYPES,
  file: LOG_FILES,
};

const REGEX_TERM = /^\/((?:\\.|[^\\/])+)\/(?=\s|$)/;
const KEY_TERM =
  /^(level|type|file|tool|method|outcome|meta\.[^\s:"]{1,128}):(?:"((?:\\.|[^"\\])*)"|(\S*))/;
const QUOTED_TERM = /^"((?:\\.|[^"\\])*)"/;

/** Cuts a query into its terms; plain text has the key `text`, a regular expression `regex`. */
export function splitQuery(query: string): Term[] {
  const terms: Term[] = [];
  let rest = query.trimStart();
  while (rest !== '') {
    const term = firstTerm(rest);
    terms.push(term);
    rest = rest.slice(term.raw.length).trimStart();
  }
  return terms;
}

/** Turns the search box into filters for the APIs. */
export function parseQuery(query: string): ParsedQuery {
  const filters: Record<string, string> = {};
  const problems: string[] = [];
  const text: string[] = [];
  for (const { key, value } of splitQuery(query)) {
    if (key === 'text') text.push(value);
    else if (value === '') problems.push(`${key}: needs a value`);
    else if (key === 'level' && value.endsWith('+')) {
      takeTerm(filters, problems, { key: 'min_level', value: value.slice(0, -1) });
    } else takeTerm(filters, problems, { key: KEY_SHORTHANDS[key] ?? key, value });
  }
  if (text.length > 0) filters.search = text.join(' ');
  return { filters, problems };
}

/** Writes one term, quoted when the value would not survive otherwise. */
export function formatTerm(key: string, value: string): string {
  const quoted = value === '' || /[\s"]/.test(value);
  return `${key}:${quoted ? `"${value.replace(/["\\]/g, '\\$&')}"` : value}`;
}

/** The query with `key` set to `value` in place of what it was; `undefined` removes it. */
export function withTerm(query: string, key: string, value: string | undefined): string {
  const kept = splitQuery(query).filter((term) => term.key !== key);
  const words = kept.map((term) => term.raw);
  if (value !== undefined) words.push(formatTerm(key, value));
  return words.join(' ');
}

/** The levels a query asks for; empty means every level. */
export function levelsOf(query: string): string[] {
  const value = splitQuery(query).findLast((term) => term.key === 'level')?.value ?? '';
  if (!value.endsWith('+')) return value.split(',').filter((level) => level !== '');
  const from = (SYSTEM_LEVELS as readonly string[]).indexOf(value.slice(0, -1));
  return from < 0 ? [] : SYSTEM_LEVELS.slice(from);
}

/** The key under which a metadata field is filtered, shortest form first. */
export function keyOfMetadata(name: string): string {
  const long = `meta.${name}`;
  return Object.keys(KEY_SHORTHANDS).find((key) => KEY_SHORTHANDS[key] === long) ?? long;
}

function firstTerm(rest: string): Term {
  const regex = REGEX_TERM.exec(rest);
  if (regex) return { key: 'regex', value: (regex[1] ?? '').replace(/\\\//g, '/'), raw: regex[0] };
  const keyed = KEY_TERM.exec(rest);
  if (keyed) {
    const value = keyed[2] === undefined ? (keyed[3] ?? '') : unquote(keyed[2]);
    return { key: keyed[1] ?? '', value, raw: keyed[0] };
  }
  const quoted = QUOTED_TERM.exec(rest);
  if (quoted) return { key: 'text', value: unquote(quoted[1] ?? ''), raw: quoted[0] };
  const raw = /^\S+/.exec(rest)?.[0] ?? rest;
  return { key: 'text', value: raw, raw };
}

function takeTerm(
  filters: Record<string, string>,
  problems: string[],
  { key, value }: { key: string; value: string },
): void {
  const accepted = ACCEPTED[key === 'min_level' ? 'level' : key];
  const given = key === 'file' || key === 'min_level' ? [value] : value.split(',');
  const wrong = accepted ? given.filter((one) => !accepted.includes(one)) : [];
  if (wrong.length > 0) {
    problems.push(`${key}: ${wrong.join(', ')} is none of ${accepted?.join(', ')}`);
  } else if (filters[key] !== undefined) {
    problems.push(`${key === 'regex' ? '/regex/' : key}: can be given once`);
  } else filters[key] = value;
}

function unquote(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}
