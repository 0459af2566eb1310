import type { Metrics } from '@mcplog/service-host';
import type { CaptureTotals } from './instances/capture-figures.ts';

type Count = Exclude<keyof CaptureTotals, 'masked'>;

const COUNTERS: readonly (readonly [Count, string, string])[] = [
  ['suppressedLines', 'suppressed_lines_total', 'Lines left out because they were over a budget.'],
  ['suppressedBytes', 'suppressed_bytes_total', 'Bytes of lines that were over a budget.'],
  ['repeatsFolded', 'repeats_folded_total', 'Lines that repeat the one before and were counted.'],
  ['pollutionLines', 'pollution_lines_total', 'Lines on a protocol stdout that are no JSON-RPC.'],
  ['cutLines', 'cut_lines_total', 'Lines longer than 64 KiB.'],
  ['unmaskableTexts', 'unmaskable_texts_total', 'Texts not shown: masking ran out of time.'],
];

/** Makes the counters of capture; the result raises them to new totals. */
export function countCapture(metrics: Metrics): (totals: CaptureTotals) => void {
  const raises = COUNTERS.map(([key, name, help]) => {
    const raise = raiser(metrics.counter({ name: `capture_${name}`, help }));
    return (totals: CaptureTotals) => raise(totals[key]);
  });
  const byRule = metrics.counter({
    name: 'masked_total',
    help: 'Masked spans by rule; `secret` are the values that were given to servers.',
    labels: ['rule'],
  });
  const known = new Map<string, (total: number) => void>();
  return (totals) => {
    for (const raise of raises) raise(totals);
    for (const [rule, total] of totals.masked) {
      const raise = known.get(rule) ?? raiser({ inc: (by) => byRule.inc({ rule }, by) });
      known.set(rule, raise);
      raise(total);
    }
  };
}

function raiser(counter: { inc(by: number): void }): (total: number) => void {
  let last = 0;
  return (total) => {
    if (total > last) counter.inc(total - last);
    last = total;
  };
}
