import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { foldCase } from './fold-case.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { readPatternTree } from './pattern-tree.ts';

function compiled(source: string): Pattern {
  const result = compilePattern(source);
  if (!result.ok) throw new Error(`${source}: ${result.problem}`);
  return result.pattern;
}

const ATOMS = [
  'ab',
  'K',
  's',
  'i',
  'é',
  'ſ',
  '.',
  '[a-c]',
  '[^a]',
  '[k-t]',
  '[Ss]',
  '[\\d_]',
  '[^\\w]',
  '[a-]',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '\\.',
  '\\n',
  '\\b',
  '\\B',
  '^',
  '$',
  '{',
  'a{',
  '1',
];
const TIMES = ['', '', '', '*', '+', '?', '*?', '{2}', '{1,3}', '{0,2}', '{2,}', '{0}'];
const atom = fc.constantFrom(...ATOMS);
const { pattern: source } = fc.letrec<{ pattern: string; sequence: string; part: string }>(
  (tie) => ({
    pattern: fc
      .tuple(
        fc.constantFrom('', '', '(?i)'),
        fc.array(tie('sequence'), { minLength: 1, maxLength: 2 }),
      )
      .map(([flag, options]) => flag + options.join('|')),
    sequence: fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
    part: fc
      .tuple(
        fc.oneof(
          { weight: 4, arbitrary: atom },
          {
            weight: 1,
            arbitrary: fc
              .tuple(
                fc.constantFrom('(', '(?:', '(?P<x>'),
                fc.array(fc.array(atom, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
              )
              .map(([open, options]) => `${open}${options.map((all) => all.join('')).join('|')})`),
          },
        ),
        fc.constantFrom(...TIMES),
      )
      .map(([part, times]) => part + times),
  }),
);
const text = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      'AB',
      'ac',
      'k',
      'K',
      '\u212a',
      'S',
      's',
      'ſ',
      'i',
      'İ',
      'é',
      'É',
      '1',
      '22',
      ' ',
      '\t',
      '\n',
      '\v',
      '\r',
      '\u2028',
      '_',
      '-',
      '.',
      '{',
      '😀',
      '\ud800',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** A pattern that the engine takes; some of the generated ones it refuses. */
const accepted = source.filter((candidate) => compilePattern(candidate).ok);

test('a text that matches contains a member of each literal set', () => {
  let checked = 0;
  fc.assert(
    fc.property(accepted, text, (pattern, subject) => {
      if (!RE2JS.compile(pattern).test(subject)) return;
      for (const set of compiled(pattern).literalSets) {
        checked++;
        expect(set.some((literal) => foldCase(subject).includes(literal))).toBe(true);
      }
    }),
    { numRuns: 4_000 },
  );
  expect(checked).toBeGreaterThan(100);
}, 60_000);

test('whichever engine answers, the answer is that of the linear-time engine', () => {
  let native = 0;
  fc.assert(
    fc.property(accepted, fc.array(text, { minLength: 1, maxLength: 4 }), (pattern, subjects) => {
      const { test, isNative } = compiled(pattern);
      const linear = RE2JS.compile(pattern);
      for (const subject of subjects) {
        if (isNative) native++;
        expect(test(subject)).toBe(linear.test(subject));
      }
    }),
    { numRuns: 4_000 },
  );
  expect(native).toBeGreaterThan(2_000);
}, 60_000);

test.each([
  ['connection refused', [['connection refused']]],
  ['^GET /api/\\w+', [['get /api/']]],
  ['(?i)Time[- ]out', [['time-out', 'time out']]],
  ['error|fatal', [['error', 'fatal']]],
  ['https?://', [['http://', 'https://']]],
  [
    '(?:a|b)(?:c|d)+',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['user=\\d+ (ok|failed)$', [['user='], [' ok', ' failed']]],
  ['x(abc)*y', [['x'], ['y']]],
  ['(ab){3}', [['ababab']]],
  ['colou?r', [['color', 'colour']]],
  ['error|.*', []],
  ['(error)?', []],
  ['.*', []],
])('%s must contain one of each of %j', (pattern, sets) => {
  const sorted = (all: readonly (readonly string[])[]) =>
    all.map((set) => set.toSorted().join()).toSorted();
  expect(sorted(compiled(pattern).literalSets)).toEqual(sorted(sets));
});

test.each([
  ['finished in [0-9]{4} ms', true],
  ['(?i)request \\w+ failed', true],
  ['user=.* took \\d+', true],
  ['(a+)+$', false],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', false],
  ['(a|a)*b', false],
  ['(.*)(.*)(.*)(.*)x', false],
  ['größe', false],
  ['(?i)ſ', false],
  ['\\pL+', false],
])('%s may be given to the engine that tries again and again: %s', (pattern, expected) => {
  expect(compiled(pattern).isNative).toBe(expected);
});

test('a pattern that crawls is answered all the same, and right', () => {
  const { test: matches, isNative } = compiled('[0-9]+.*[0-9]x');
  const digits = '7'.repeat(160);
  expect(isNative).toBe(true);
  for (let round = 0; round < 500; round++) {
    expect(matches(digits)).toBe(false);
    expect(matches(`${digits}x`)).toBe(true);
  }
});

test.each(['[[:alpha:]]', '\\pL', '(?s).', 'a(?i)b', '\\Qa.b\\E', '\\x41', '\\C'])(
  '%s is left to the engine that knows all of the syntax',
  (pattern) => {
    expect(readPatternTree(pattern)).toBeUndefined();
  },
);
