import { expect, test } from 'vitest';
import { summarise } from './process-samples.ts';

test('a minute of samples becomes its highest values, CPU also as its mean', () => {
  const sample = { cpuPercent: 10, rssBytes: 100, files: 7, processes: 1 };
  const busy = { cpuPercent: 50.04, rssBytes: 300, files: 5, processes: 3 };
  expect(summarise([sample, busy, { ...sample, rssBytes: 200 }])).toEqual({
    samples: 3,
    cpuPercentMean: 23.3,
    cpuPercentMax: 50,
    rssBytesMax: 300,
    rssBytesLast: 200,
    filesMax: 7,
    processesMax: 3,
  });
});
