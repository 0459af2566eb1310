import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

it('figures carry the prefix and the app, and two services in one process do not collide', async () => {
  const [one, two] = [createMetrics('one'), createMetrics('two')];
  one
    .counter({ name: 'lines_total', help: 'Lines.', labels: ['stream'] })
    .inc({ stream: 'out' }, 3);
  two.gauge({ name: 'spool_bytes', help: 'Spool.' }).set(7);
  one.histogram({ name: 'wait_ms', help: 'Wait.', buckets: [1, 10] }).observe(5);
  expect(await one.text()).toContain('mcplog_lines_total{stream="out",app="one"} 3');
  expect(await one.text()).toContain('mcplog_wait_ms_bucket{le="10",app="one"} 1');
  expect(await one.text()).not.toContain('spool_bytes');
  expect(await two.text()).toContain('mcplog_spool_bytes{app="two"} 7');
  expect(await two.text()).toContain('process_cpu_seconds_total');
});
