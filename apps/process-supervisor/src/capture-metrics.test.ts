import { createMetrics } from '@mcplog/service-host';
import { expect, test } from 'vitest';
import { countCapture } from './capture-metrics.ts';

const totals = {
  suppressedLines: 3,
  suppressedBytes: 300,
  repeatsFolded: 0,
  pollutionLines: 0,
  cutLines: 1,
  unmaskableTexts: 0,
  masked: new Map([['secret', 2]]),
};

test('counters rise to the totals, and masked spans have their rule as a label', async () => {
  const metrics = createMetrics('process-supervisor');
  const raise = countCapture(metrics);
  raise(totals);
  raise({
    ...totals,
    suppressedLines: 5,
    masked: new Map([
      ['secret', 3],
      ['email', 1],
    ]),
  });
  const text = await metrics.text();
  expect(text).toContain('mcplog_capture_suppressed_lines_total{app="process-supervisor"} 5');
  expect(text).toContain('mcplog_capture_cut_lines_total{app="process-supervisor"} 1');
  expect(text).toContain('mcplog_masked_total{rule="secret",app="process-supervisor"} 3');
  expect(text).toContain('mcplog_masked_total{rule="email",app="process-supervisor"} 1');
});
