import { expect, test } from 'vitest';
import { renderTable } from './markdown-table.ts';

test('columns line up, the first to the left and the others to the right', () => {
  const table = renderTable({
    head: ['what', 'ms'],
    rows: [
      ['ours', '3.1'],
      ['the other one', '1,234'],
    ],
  });
  expect(table.split('\n')).toEqual([
    '| what          |    ms |',
    '|---------------|------:|',
    '| ours          |   3.1 |',
    '| the other one | 1,234 |',
  ]);
});

test('a missing cell is empty and a bar cannot end a cell', () => {
  const table = renderTable({ head: ['what', 'ms'], rows: [['a|b'], ['c\nd', '1']] });
  expect(table.split('\n').slice(2)).toEqual(['| a\\|b |     |', '| c d  |   1 |']);
});
