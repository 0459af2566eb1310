import { DEFAULT_BUDGET } from '@mcplog/capture';
import type { CatalogueItem } from '@mcplog/protocol';
import { expect, test } from 'vitest';
import { InstanceBudget } from './instance-budget.ts';

const item: CatalogueItem = {
  service: 's',
  command: 'c',
  args: [],
  env: {},
  transport: 'stdio',
  routing: { stderr: 'error-log' },
  updatedAt: '',
};
const line = { lines: 1, bytes: 80, isTrace: () => false, wallMs: 0, steadyMs: 0 };

test('a budget is kept from run to run, and begins anew when its limits are changed', () => {
  const budgets = new InstanceBudget(DEFAULT_BUDGET);
  const first = budgets.of(item);
  expect(budgets.of({ ...item, updatedAt: 'later' })).toBe(first);
  const changed = budgets.of({ ...item, storm: { linesPerSecond: 5 } });
  expect(changed.limits).toEqual({ ...DEFAULT_BUDGET, linesPerSecond: 5 });
  expect(budgets.of({ ...item, storm: { linesPerSecond: 5 } })).toBe(changed);
});

test('limits of 0 are none', () => {
  const storm = { linesPerSecond: 0, bytesPerDay: 0 };
  const budget = new InstanceBudget({ ...DEFAULT_BUDGET, linesBurst: 1 }).of({ ...item, storm });
  const refusals = Array.from({ length: 1000 }, (_, i) =>
    budget.refuses({ ...line, bytes: 2 ** 40, steadyMs: i % 3 }),
  );
  expect(refusals.every((reason) => reason === undefined)).toBe(true);
});
