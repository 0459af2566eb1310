import { describe, expect, it } from 'vitest';
import { readWhen } from './when.ts';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');

describe('readWhen', () => {
  it.each([
    ['90s', '2026-11-23T11:58:30.000Z'],
    ['10m', '2026-11-23T11:50:00.000Z'],
    ['2h', '2026-11-23T10:00:00.000Z'],
    ['1w', '2026-11-16T12:00:00.000Z'],
    ['2026-11-01T08:00:00Z', '2026-11-01T08:00:00.000Z'],
    ['2026-11-01T08:00:00+02:00', '2026-11-01T06:00:00.000Z'],
  ])('reads %s', (text, iso) => {
    expect(readWhen(text, NOW)).toBe(iso);
  });

  it('takes a date and a time without a zone as local', () => {
    expect(readWhen('2026-11-01', NOW)).toBe(new Date(2026, 10, 1).toISOString());
    expect(readWhen('2026-11-01T08:00', NOW)).toBe(new Date(2026, 10, 1, 8).toISOString());
  });

  it.each(['', '10', 'm', '10y', 'yesterday', '2026-13-01', '-5m', '999999999w'])(
    'refuses %j',
    (text) => {
      expect(readWhen(text, NOW)).toBeUndefined();
    },
  );
});
