import { expect, it } from 'vitest';
import { createRouteTable } from './route-table.ts';

it('names the methods of the patterns a path fits', () => {
  const table = createRouteTable();
  table.add(['GET', 'HEAD'], '/mcps/:id');
  table.add('DELETE', '/mcps/:id');
  table.add('POST', '/mcps/:id/stop');
  table.add('GET', '/files/*');
  table.add('GET', '*');
  expect(table.methodsOf('/mcps/x')).toEqual(['DELETE', 'GET', 'HEAD']);
  expect(table.methodsOf('/mcps/x/stop')).toEqual(['POST']);
  expect(table.methodsOf('/files/a/b')).toEqual(['GET']);
  expect(table.methodsOf('/mcps')).toEqual([]);
  expect(table.methodsOf('/mcps/x/y')).toEqual([]);
});
