import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareSegmentNames,
  indexFileOf,
  parseSegmentFile,
  plainFileOf,
  type SegmentName,
  sealedFileOf,
} from './segment-name.ts';

const NAME: fc.Arbitrary<SegmentName> = fc.oneof(
  fc.record({
    log: fc.constantFrom('app', 'pm2'),
    day: fc.constantFrom('2025-07-13', '2025-12-01'),
    number: fc.nat(120),
  }),
  fc.record({
    log: fc.constantFrom('app', 'pm2'),
    day: fc.constant('2025-07-13'),
    number: fc.constant(0),
    suspect: fc.constantFrom('20250713T153000123Z', '20250713T153000123Z-2'),
  }),
);

test('each of the three file names leads back to the segment', () => {
  fc.assert(
    fc.property(NAME, (name) => {
      expect(parseSegmentFile(plainFileOf(name))).toEqual({ name, kind: 'plain' });
      expect(parseSegmentFile(sealedFileOf(name))).toEqual({ name, kind: 'sealed' });
      expect(parseSegmentFile(indexFileOf(name))).toEqual({ name, kind: 'index' });
    }),
  );
});

test('the names are those of FORMAT.md', () => {
  const first = { log: 'app', day: '2025-07-13', number: 0 };
  expect(plainFileOf(first)).toBe('app.log.2025-07-13');
  expect(sealedFileOf({ ...first, number: 1 })).toBe('app.log.2025-07-13.1.gz');
  expect(indexFileOf({ ...first, suspect: '20250713T153000123Z' })).toBe(
    'app.log.suspect-20250713T153000123Z.idx',
  );
});

test("files of others are nobody's segment", () => {
  const others = [
    'app.log',
    'app.log.gz',
    'app.log.2025-07-13.0',
    'app.log.2025-07-13.01.gz',
    'app.log.2025-07-13.gz.part',
    'app.log.2025-7-13',
    'app.log.suspect-2025',
    '../app.log.2025-07-13',
    '.index',
  ];
  for (const file of others) expect(parseSegmentFile(file)).toBeUndefined();
});

test('numbers order as numbers, days as days', () => {
  const day = (number: number, date = '2025-07-13') => ({ log: 'app', day: date, number });
  const sorted = [day(0), day(1), day(2), day(10), day(0, '2025-07-14')];
  expect(sorted.toReversed().sort(compareSegmentNames)).toEqual(sorted);
});
