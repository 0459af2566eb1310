import { expect, test } from 'vitest';
import { stackBuckets, totalsByLevel } from '../web/src/logs/histogram-data.ts';
import { type LogAddress, readAddress, writeAddress } from '../web/src/logs/view-url.ts';

test('a view survives being written to an address and read back', () => {
  const views: LogAddress[] = [
    { query: '', range: { kind: 'all' }, seq: undefined, wrap: false },
    {
      query: 'level:error /a b/ &=?#+',
      range: { kind: 'last', span: '6h' },
      seq: 3 * 2 ** 32 + 7,
      wrap: true,
    },
    { query: 'é', range: { kind: 'window', fromMs: 1000, toMs: 2500 }, seq: 1, wrap: false },
  ];
  for (const view of views) expect(readAddress(writeAddress(view))).toEqual(view);
});

test('the plain view has a plain address', () => {
  expect(writeAddress(readAddress(''))).toBe('');
});

test('broken parts of an address are left out', () => {
  expect(readAddress('?seq=abc&range=2y&from=never&to=2026-01-01T00:00:00Z&wrap=yes')).toEqual({
    query: '',
    range: { kind: 'all' },
    seq: undefined,
    wrap: false,
  });
});

test('histogram columns are sums over the milder levels, tallest first', () => {
  const buckets = [
    { time: '2026-11-23T12:00:00.000Z', counts: { info: 5, error: 2 } },
    { time: '2026-11-23T12:01:00.000Z', counts: { debug: 1, critical: 3 } },
  ];
  const [times, critical, error, warn, info, debug] = stackBuckets(buckets);
  expect(times).toEqual([1_795_435_200, 1_795_435_260]);
  expect([critical, error, warn, info, debug]).toEqual([
    [7, 4],
    [7, 1],
    [5, 1],
    [5, 1],
    [0, 1],
  ]);
  expect(totalsByLevel(buckets)).toEqual({ debug: 1, info: 5, warn: 0, error: 2, critical: 3 });
});
