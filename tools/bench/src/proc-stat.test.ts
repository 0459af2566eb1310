import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import {
  cpuSecondsOf,
  parsePeakBytes,
  parseStat,
  parseVariable,
  peakBytesOf,
  processesBelow,
  variableOf,
} from './proc-stat.ts';

const STAT =
  '812 (tmux: a) b (c)) S 1 812 812 0 -1 4194560 1186 0 3 0 250 50 7 9 20 0 1 0 77 9637888 900';

test('a name with brackets and spaces does not shift the fields of a stat line', () => {
  expect(parseStat(STAT)).toEqual({ state: 'S', parent: 1, cpuSeconds: 3 });
});

test('text that is no stat line is refused', () => {
  expect(() => parseStat('812 (x) S 1')).toThrow('no stat of a process');
});

test('peak memory is read in bytes, 0 for a kernel thread', () => {
  expect(parsePeakBytes('Name:\tnode\nVmPeak:\t   99 kB\nVmHWM:\t    2048 kB\n')).toBe(2_097_152);
  expect(parsePeakBytes('Name:\tkthreadd\n')).toBe(0);
});

test('a variable is found by its whole name', () => {
  const environ = 'XPORT=1\0PORT=2=3\0EMPTY=\0';
  expect(parseVariable(environ, 'PORT')).toBe('2=3');
  expect(parseVariable(environ, 'EMPTY')).toBe('');
  expect(parseVariable(environ, 'POR')).toBeUndefined();
});

test('children are found below their parent, with their arguments, CPU time and variables', () => {
  const child = spawn('sleep', ['60']);
  const pid = child.pid ?? 0;
  try {
    const rows = processesBelow(process.pid);
    expect(rows[0]).toMatchObject({ pid: process.pid });
    expect(rows.find((row) => row.pid === pid)?.parent).toBe(process.pid);
    expect(variableOf(process.pid, 'PATH')).toBe(process.env.PATH);
    expect(cpuSecondsOf(process.pid)).toBeGreaterThan(0);
    expect(peakBytesOf(process.pid)).toBeGreaterThan(1_000_000);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a process that does not exist has used no CPU', () => {
  expect(cpuSecondsOf(2 ** 22 + 1)).toBe(0);
});
