import { expect, test } from 'vitest';
import {
  formatTerm,
  keyOfMetadata,
  levelsOf,
  parseQuery,
  splitQuery,
  withTerm,
} from '../web/src/logs/query.ts';

const filtersOf = (query: string) => parseQuery(query).filters;

test('plain words become one substring', () => {
  expect(filtersOf('  connection   refused ')).toEqual({ search: 'connection refused' });
});

test('every kind of term reaches its parameter', () => {
  expect(
    filtersOf(
      'level:error,warn file:access type:stderr tool:get_file meta.user:"a b" /time.?out/ x',
    ),
  ).toEqual({
    level: 'error,warn',
    file: 'access',
    type: 'stderr',
    'meta.gen_ai.tool.name': 'get_file',
    'meta.user': 'a b',
    regex: 'time.?out',
    search: 'x',
  });
});

test('a level with a plus means that level and above', () => {
  expect(filtersOf('level:warn+')).toEqual({ min_level: 'warn' });
  expect(levelsOf('level:warn+')).toEqual(['warn', 'error', 'critical']);
});

test('a regular expression may hold spaces, colons and escaped slashes', () => {
  expect(filtersOf('/GET \\/api level:x/')).toEqual({ regex: 'GET /api level:x' });
});

test('paths, addresses and times are plain text', () => {
  for (const text of [
    '/usr/local/bin',
    'http://127.0.0.1:7070/x',
    '12:30',
    'key:value',
    '"a:b"x',
  ]) {
    expect(parseQuery(text).problems).toEqual([]);
    expect(Object.keys(filtersOf(text))).toEqual(['search']);
  }
});

test('quotes make a keyword plain text', () => {
  expect(filtersOf('"level:error"')).toEqual({ search: 'level:error' });
});

test('a wrong value is named with what is accepted and left out of the filters', () => {
  const { filters, problems } = parseQuery('level:eror,warn file:app,error type: hello');
  expect(filters).toEqual({ search: 'hello' });
  expect(problems).toEqual([
    'level: eror is none of debug, info, warn, error, critical',
    'file: app,error is none of app, access, error',
    'type: needs a value',
  ]);
});

test('a second regular expression is refused', () => {
  expect(parseQuery('/a/ /b/').problems).toEqual(['/regex/: can be given once']);
});

test('a value with spaces and quotes survives being written and read', () => {
  for (const value of ['plain', 'two words', 'say "hi" \\ there', '']) {
    expect(splitQuery(formatTerm('meta.k', value))[0]?.value).toBe(value);
  }
});

test('setting a term replaces the old one and keeps the rest', () => {
  expect(withTerm('level:error timeout /x y/', 'level', 'warn')).toBe('timeout /x y/ level:warn');
  expect(withTerm('level:error timeout', 'level', undefined)).toBe('timeout');
});

test('the tool name has a short key, other metadata its full one', () => {
  expect(keyOfMetadata('gen_ai.tool.name')).toBe('tool');
  expect(keyOfMetadata('durationMs')).toBe('meta.durationMs');
});
