import { expect, it } from 'vitest';
import { comparesWorse } from './performance-trend.ts';

const minutes = (route: string, p95: number, count = 30) => ({
  service: 'query-api',
  route,
  count,
  p95,
});

it('says nothing without enough requests in both stretches', () => {
  expect(comparesWorse([], [])).toBeNull();
  expect(comparesWorse([minutes('a', 900)], [])).toBeNull();
  expect(comparesWorse([minutes('a', 900, 19)], [minutes('a', 10)])).toBeNull();
});

it('a route that is half as slow again, and noticeably so, is a degradation', () => {
  expect(comparesWorse([minutes('a', 160)], [minutes('a', 100)])).toBe(true);
  expect(comparesWorse([minutes('a', 140)], [minutes('a', 100)])).toBe(false);
});

it('a few milliseconds more are none, whatever the factor', () => {
  expect(comparesWorse([minutes('a', 8)], [minutes('a', 2)])).toBe(false);
});

it('using a slow route more often is no degradation', () => {
  const before = [minutes('fast', 10, 1_000), minutes('slow', 500, 20)];
  const recent = [minutes('fast', 10, 20), minutes('slow', 500, 1_000)];
  expect(comparesWorse(recent, before)).toBe(false);
});

it('a sample without figures is passed over', () => {
  const broken = { service: 'query-api', route: 'a' } as ReturnType<typeof minutes>;
  expect(comparesWorse([broken, minutes('a', 160)], [minutes('a', 100), broken])).toBe(true);
});
