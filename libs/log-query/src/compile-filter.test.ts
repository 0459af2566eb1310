import { type LogEntry, makeSeq } from '@mcplog/log-entry';
import { expect, test } from 'vitest';
import { compileFilter } from './compile-filter.ts';
import type { LogFilter } from './filter.ts';
import { foldCase } from './fold-case.ts';

const ENTRY: LogEntry = {
  timestamp: '2025-07-13T15:30:00.000Z',
  level: 'warn',
  message: 'Request to Straße 7 FAILED',
  metadata: {
    seq: makeSeq(1, 1),
    type: 'http',
    userId: 'alice',
    service: 'github',
    'http.response.status_code': 503,
    tags: ['slow', 7],
    request: { id: 'R-19', 'x.y': { deep: null, ok: true } },
  },
};
const AT = Date.parse(ENTRY.timestamp);

const yes: LogFilter[] = [
  {},
  { startMs: AT, endMs: AT },
  { levels: ['warn'] },
  { levels: ['info', 'warn'], minLevel: 'warn' },
  { types: ['http', 'stdout'] },
  { search: 'straße 7 failed' },
  { search: 'GITHUB' },
  { search: 'r-1' },
  { search: '503' },
  { search: 'TRUE' },
  { regex: 'FAILED$' },
  { regex: '(?i)failed' },
  { metadata: { 'http.response.status_code': '503', service: 'github' } },
  { metadata: { 'request.id': 'R-19' } },
  { metadata: { 'request.x.y.ok': 'true' } },
  { metadata: { 'request.x.y.deep': 'null' } },
  { metadata: { tags: '7' } },
  { file: 'error' },
];
test.each(yes)('the entry matches %j', (filter) => {
  const { matches, literalSets } = compileFilter(filter);
  expect(matches(ENTRY)).toBe(true);
  const folded = foldCase(JSON.stringify(ENTRY));
  for (const set of literalSets) expect(set.some((text) => folded.includes(text))).toBe(true);
});

const no: LogFilter[] = [
  { startMs: AT + 1 },
  { endMs: AT - 1 },
  { levels: ['warn'], minLevel: 'error' },
  { types: ['stdout'] },
  { search: 'status_code' },
  { search: 'failed request' },
  { regex: 'failed' },
  { regex: 'github' },
  { metadata: { service: 'GitHub' } },
  { metadata: { request: 'R-19' } },
  { metadata: { 'request.nothing': 'undefined' } },
  { metadata: { toString: 'x' } },
  { search: 'straße', levels: ['info'] },
];
test.each(no)('the entry does not match %j', (filter) => {
  expect(compileFilter(filter).matches(ENTRY)).toBe(false);
});

test('time, level and type need no parsing, text does', () => {
  expect(compileFilter({ startMs: 0, levels: ['info'], types: ['http'] }).needsParse).toBe(false);
  for (const filter of [{ search: 'a' }, { regex: 'a' }, { metadata: { a: 'b' } }]) {
    expect(compileFilter(filter).needsParse).toBe(true);
  }
});

test('case does not matter in any alphabet, nor where a letter stands', () => {
  for (const [text, search] of [
    ['ΟΔΟΣΑ', 'οδος'],
    ['\u212aelvin', 'KELVIN'],
    ['ſo', 'SO'],
    ['ЖУК', 'жук'],
  ]) {
    const entry = { ...ENTRY, message: text as string };
    expect(compileFilter({ search: search as string }).matches(entry)).toBe(true);
  }
});

test('metadata nested as deep as anyone likes is searched', () => {
  let nested: unknown = 'bottom';
  for (let depth = 0; depth < 50_000; depth++) nested = [nested];
  const entry = { ...ENTRY, metadata: { ...ENTRY.metadata, nested } };
  expect(compileFilter({ search: 'BOTTOM' }).matches(entry)).toBe(true);
});
