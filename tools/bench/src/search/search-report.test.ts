import { expect, test } from 'vitest';
import type { Machine } from '../machine.ts';
import type { Answer, SizeRun } from './run-search.ts';
import { searchReport, searchVerdict } from './search-report.ts';

const MACHINE: Machine = {
  cpu: 'Some CPU',
  cores: 2,
  memoryGiB: 4,
  kernel: '6.1.0',
  node: 'v24.0.0',
  programs: { ripgrep: 'ripgrep 13' },
  loadAtStart: 0.1,
  noisy: false,
  startedAt: '2026-11-23T15:00:00.000Z',
};

function answer(searcher: string, medianMs: number, found = 1): Answer {
  const question = 'unique-id';
  return { question, title: 'an id', searcher, found, medianMs, roundsMs: [medianMs] };
}

function size(gb: number, oursMs: number, found = 1): SizeRun {
  return {
    gb,
    facts: {
      entries: 4_000_000 * gb,
      plainBytes: gb * 1e9,
      storedBytes: gb * 1.5e8,
      indexBytes: gb * 1.5e7,
      segments: 90,
    },
    answers: [answer('mcplog', oursMs, found), answer('zgrep', 3_000, found)],
    pages: [
      { behind: 0, medianMs: 5 },
      { behind: 1_000_000, medianMs: 6 },
    ],
  };
}

test('the verdict is about the largest size and gives a speed where everything is looked at', () => {
  expect(searchVerdict([size(1, 10), size(10, 15)], true)).toBe(
    'search in 10 GB, as fast as others when 1 ×: unique-id 15 ms (200 × zgrep) (noisy)',
  );
  expect(searchVerdict([size(1, 500, 2_000)], false)).toContain('500 ms, 2 GB/s (6 × zgrep)');
});

test('each size has a table, and the growth from the smallest to the largest is told', () => {
  const report = searchReport({
    machine: MACHINE,
    rounds: 5,
    sizes: [size(1, 10), size(10, 15)],
    verdict: 'so',
  });
  expect(report.match(/\| question \| found \| mcplog \| zgrep \|/g)).toHaveLength(2);
  expect(report).toContain('4,000,000 entries in 90 sealed segments');
  expect(report).toContain('take 10 % of that');
  expect(report).toContain('From 1 to 10 GB mcplog takes: unique-id 1.5 ×.');
  expect(report).toContain('the first 5 ms, one behind 1,000,000 entries 6 ms');
});
