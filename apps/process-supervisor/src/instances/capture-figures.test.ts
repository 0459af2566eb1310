import { createMasker } from '@mcplog/masking';
import { expect, test } from 'vitest';
import { CaptureFigures, type CaptureTotals, captureTotals } from './capture-figures.ts';

const counters = {
  ...{ stdinBytes: 0, stdoutBytes: 0, stderrBytes: 0, records: 0, protocolMessages: 0, calls: 0 },
  ...{ unpairedAnswers: 0, pollution: 1, leftOut: 5, foreignInput: 0, cutLines: 2 },
  ...{ suppressedLines: 3, suppressedBytes: 30, folded: 2 },
};

function totalsOf(masked: Record<string, number>): CaptureTotals {
  const masking = { texts: 0, characters: 0, maskedTexts: 0, overBudget: 1 };
  return captureTotals({ ...masking, byRule: new Map(Object.entries(masked)) }, counters);
}

test('runs that have ended go on counting, and a run that is ended twice counts once', () => {
  const figures = new CaptureFigures();
  const end = figures.follow(() => totalsOf({ email: 2 }));
  const stillRunning = figures.follow(() => totalsOf({ email: 1, cut: 4 }));
  end();
  end();
  expect(figures.totals()).toMatchObject({ suppressedLines: 6, cutLines: 4, unmaskableTexts: 2 });
  expect(Object.fromEntries(figures.totals().masked)).toEqual({ email: 3, cut: 4 });
  stillRunning();
  expect(figures.totals().masked.get('email')).toBe(3);
});

test('the names of secrets are no labels', () => {
  const secrets = [
    { name: 'A', value: 'value-of-a-4711' },
    { name: 'B', value: 'value-of-b-0815' },
  ];
  const masker = createMasker({ secrets });
  masker.mask('value-of-a-4711 and value-of-b-0815');
  const { masked } = captureTotals(masker.counters());
  expect(Object.fromEntries(masked)).toEqual({ secret: 2 });
});
