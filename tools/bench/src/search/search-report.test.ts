import { expect, test } from 'vitest';
import type { Machine } from '../machine.ts';
import type { Answer } from './run-search.ts';
import { SEALED_NOTE, searchReport, searchVerdict } from './search-report.ts';

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

const FACTS = { entries: 4_000_000, bytes: 1e9, gzipBytes: 2e8 };

function answer(searcher: string, reads: Answer['reads'], medianMs: number): Answer {
  const question = 'unique-id';
  return { question, title: 'an id', searcher, reads, found: 1, medianMs, roundsMs: [medianMs] };
}

const ANSWERS = [
  answer('mcplog', 'plain', 200),
  answer('rg', 'plain', 100),
  answer('DuckDB', 'plain', 800),
  answer('zgrep', 'gzip', 3_000),
];

test('the verdict compares with others on the same files and gives our speed', () => {
  expect(searchVerdict(ANSWERS, FACTS, true)).toBe(
    'search, as fast as others when 1 ×: unique-id 200 ms, 5 GB/s (0.5 × rg, 4 × DuckDB) (noisy)',
  );
});

test('plain files and gzip have a table each, and the report says what is not measured', () => {
  const report = searchReport({
    machine: MACHINE,
    facts: FACTS,
    rounds: 5,
    answers: ANSWERS,
    verdict: 'so',
  });
  expect(report).toMatch(/\| question \| found \| mcplog \| +rg \| DuckDB \|/);
  expect(report).toMatch(/\| question \| found \| zgrep \|/);
  expect(report).toContain(
    '4,000,000 entries in three files of one instance, 1 GB, as gzip -6 0.2 GB',
  );
  expect(report).toContain(SEALED_NOTE);
});
