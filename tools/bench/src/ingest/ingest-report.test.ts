import { expect, test } from 'vitest';
import type { Machine } from '../machine.ts';
import type { IngestRun } from './contender.ts';
import { ingestReport, ingestVerdict, summarize } from './ingest-report.ts';

const MACHINE: Machine = {
  cpu: 'Some CPU',
  cores: 2,
  memoryGiB: 4,
  kernel: '6.1.0',
  node: 'v24.0.0',
  programs: { rsyslog: 'rsyslogd 8', 'Fluent Bit': 'not present' },
  loadAtStart: 3.5,
  noisy: true,
  startedAt: '2026-11-23T15:00:00.000Z',
};

function run(seconds: number, cpuSeconds: Record<string, number>): IngestRun {
  return { seconds, cpuSeconds, peakMiB: { writer: 100 }, counts: {} };
}

const ours = summarize(
  {
    name: 'mcplog',
    instances: 1,
    runs: [run(4, { a: 3, b: 1 }), run(2, { a: 1, b: 1 }), run(3, { a: 2, b: 1 })],
  },
  2_000_000,
);
const rsyslog = summarize(
  { name: 'rsyslog', instances: 1, runs: [run(6, { rsyslogd: 9 })] },
  2_000_000,
);

test('a summary holds medians, and CPU time per million lines', () => {
  expect(ours.seconds).toBe(3);
  expect(Math.round(ours.linesPerSecond)).toBe(666_667);
  expect(ours.cpuPerMillion).toEqual({ a: 1, b: 0.5 });
});

test('the verdict names both ratios, and whether the machine was noisy', () => {
  expect(ingestVerdict([ours, rsyslog], false)).toBe(
    'ingest: mcplog writes 667,000 lines/s: 2 × rsyslog, lines per CPU second 3 × (goals: 600,000 lines/s, 4 ×)',
  );
  expect(ingestVerdict([ours], true)).toBe(
    'ingest: mcplog writes 667,000 lines/s; no peer was present (noisy)',
  );
  expect(
    ingestVerdict([ours, { ...ours, instances: 500, linesPerSecond: 500_000 }], false),
  ).toContain('with 500 instances 75 % of that');
});

test('the report names a program that is not there', () => {
  const summaries = [ours, rsyslog];
  const report = ingestReport({
    machine: MACHINE,
    lines: 2e6,
    rounds: 3,
    summaries,
    verdict: 'so',
  });
  expect(report).toMatch(/Fluent Bit +\| +– \| +– \| +not present/);
  expect(report).toContain('**noisy**: load average 3.5 at the start');
  expect(report).toContain('1.5 (a 1.0, b 0.5)');
});
