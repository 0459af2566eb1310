import { expect, test } from 'vitest';
import { describeFilter } from './describe-filter.ts';
import { parseLogFilter } from './parse-filter.ts';

const WHOLE = {
  start_time: '2025-07-13T00:00:00Z',
  end_time: '2025-07-13T23:59:59.250Z',
  level: 'warn,error',
  min_level: 'info',
  search: 'Authentication',
  regex: '^a+$',
  file: 'error',
  type: 'stdout,stderr',
  'meta.http.status': '500',
  'meta.__proto__': 'x',
};

test('every parameter is read, and described back as it was asked', () => {
  const parsed = parseLogFilter({ ...WHOLE, limit: 5, order: 'asc' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.filter).toMatchObject({
    startMs: Date.UTC(2025, 6, 13),
    endMs: Date.UTC(2025, 6, 13, 23, 59, 59, 250),
    levels: ['warn', 'error'],
    minLevel: 'info',
    types: ['stdout', 'stderr'],
  });
  expect(describeFilter(parsed.filter)).toEqual(WHOLE);
  expect(Object.keys(parsed.filter.metadata ?? {})).toEqual(['http.status', '__proto__']);
});

test('nothing asked is an empty filter', () => {
  expect(parseLogFilter({ limit: 5, search: undefined })).toEqual({ ok: true, filter: {} });
  expect(describeFilter({})).toEqual({});
});

test('all problems come at once and each says what is accepted', () => {
  const parsed = parseLogFilter({
    start_time: 'yesterday',
    end_time: '2025-02-30',
    level: 'info,loud,, warn',
    min_level: 'verbose',
    search: '',
    regex: '(',
    file: '../app',
    type: 'smoke',
    'meta.': 'x',
    'meta.twice': ['a', 'b'],
  });
  if (parsed.ok) throw new Error('was accepted');
  const problems = new Map(parsed.problems.map(({ path, problem }) => [path, problem]));
  expect(problems.size).toBe(10);
  expect(problems.get('start_time')).toContain('ISO 8601');
  expect(problems.get('end_time')).toContain('2025-02-30');
  expect(problems.get('level')).toMatch(/"loud", "" .*debug, info, warn, error, critical/);
  expect(problems.get('min_level')).toContain('accepted: debug');
  expect(problems.get('search')).toContain('empty');
  expect(problems.get('regex')).toContain('missing closing )');
  expect(problems.get('file')).toContain('app, access, error');
  expect(problems.get('type')).toContain('stdout, stderr, system, http');
  expect(problems.get('meta.')).toContain('meta.<key>=<value>');
  expect(problems.get('meta.twice')).toContain('once');
});

test('an end before the start is refused, the same moment is not', () => {
  const at = (start_time: string, end_time: string) => parseLogFilter({ start_time, end_time });
  expect(at('2025-07-13T10:00:00+02:00', '2025-07-13T08:00:00Z').ok).toBe(true);
  expect(at('2025-07-14', '2025-07-13')).toMatchObject({
    ok: false,
    problems: [{ path: 'end_time' }],
  });
});

test('back-references and look-around are refused, since they cannot run in linear time', () => {
  for (const regex of ['(a)\\1', '(?=a)', '(?<!a)b']) {
    expect(parseLogFilter({ regex })).toMatchObject({ ok: false, problems: [{ path: 'regex' }] });
  }
});

test('an expression that compiles too large is refused with the limit', () => {
  const parsed = parseLogFilter({ regex: '(a{500}){2}'.repeat(5) });
  expect(parsed).toMatchObject({ ok: false, problems: [{ path: 'regex' }] });
  if (!parsed.ok) expect(parsed.problems[0]?.problem).toContain('at most 4000');
});
