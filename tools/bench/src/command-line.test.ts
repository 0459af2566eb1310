import { expect, test } from 'vitest';
import { readCommandLine } from './command-line.ts';

test('a benchmark alone runs at its full size and keeps its results', () => {
  expect(readCommandLine(['ingest'])).toEqual({
    kind: 'ingest',
    lines: 1_000_000,
    instances: 1,
    rounds: 3,
    profile: false,
    keep: true,
  });
  expect(readCommandLine(['search'])).toEqual({ kind: 'search', gb: [1], rounds: 5, keep: true });
  expect(readCommandLine(['seal'])).toEqual({ kind: 'seal', gb: 0.3, rounds: 3, keep: true });
});

test('flags change size, rounds and what is kept', () => {
  expect(
    readCommandLine(['search', '--gb', '10,0.1', '--store', 'd', '--rounds', '1', '--try']),
  ).toEqual({
    kind: 'search',
    gb: [0.1, 10],
    store: 'd',
    rounds: 1,
    keep: false,
  });
  expect(readCommandLine(['ingest', '--lines=5000', '--instances=50', '--profile'])).toMatchObject({
    lines: 5000,
    instances: 50,
    profile: true,
  });
});

test.each([
  [['ingest', '--lines', 'many'], '--lines takes a number above 0, not "many"'],
  [['ingest', '--lines', '1.5'], '--lines takes a whole number, not "1.5"'],
  [['ingest', '--lines', '10', '--instances', '11'], '--instances cannot be above --lines'],
  [['search', '--gb', '0'], '--gb takes a number above 0, not "0"'],
  [['search', '--rounds', ''], '--rounds takes a number above 0, not ""'],
  [['verify', '--gb', '1,2'], '--gb takes one size for verify'],
  [['tail'], 'no benchmark "tail"'],
  [['ingest', 'search'], 'one benchmark at a time'],
  [['--fast'], "Unknown option '--fast'"],
])('%j is refused in words', (args, problem) => {
  const command = readCommandLine(args);
  expect(command.kind === 'refused' && command.problem).toContain(problem);
});

test('without a benchmark there is help', () => {
  expect(readCommandLine([])).toEqual({ kind: 'help' });
  expect(readCommandLine(['ingest', '--help'])).toEqual({ kind: 'help' });
});
