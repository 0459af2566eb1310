import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowHeights } from '../web/src/logs/row-heights.ts';
import {
  placeAfterScroll,
  placeAt,
  SCROLL_PX_MAX,
  scrollHeightOf,
} from '../web/src/logs/scroll-scale.ts';

test('ten million rows of one height need no memory per row and are found at once', () => {
  const heights = new RowHeights(22);
  heights.resize(10_000_000, 0);
  expect(heights.totalPx).toBe(220_000_000);
  expect(heights.indexAt(heights.offsetOf(7_654_321))).toBe(7_654_321);
  expect(heights.indexAt(heights.offsetOf(7_654_321) - 1)).toBe(7_654_320);
});

test('offsets agree with adding the heights one by one, also when rows are added in front', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(2999), fc.integer({ min: 1, max: 500 })), { maxLength: 40 }),
      fc.nat(2000),
      fc.nat(5000),
      (measured, older, asked) => {
        const heights = new RowHeights(20);
        const plain = new Array<number>(3000).fill(20);
        heights.resize(3000, 0);
        for (const [row, px] of measured) {
          heights.setHeight(row, px);
          plain[row] = px;
        }
        heights.resize(3000 + older, older);
        plain.unshift(...new Array<number>(older).fill(20));
        const index = Math.min(asked, plain.length - 1);
        const above = plain.slice(0, index).reduce((sum, px) => sum + px, 0);
        expect(heights.offsetOf(index)).toBe(above);
        expect(heights.indexAt(above)).toBe(index);
        expect(heights.totalPx).toBe(plain.reduce((sum, px) => sum + px, 0));
      },
    ),
  );
});

test('dropping the oldest rows drops their heights and keeps those behind', () => {
  const heights = new RowHeights(10);
  heights.resize(100, 0);
  heights.setHeight(5, 50);
  heights.setHeight(60, 70);
  heights.resize(50, -50);
  expect(heights.totalPx).toBe(49 * 10 + 70);
  expect(heights.heightOf(10)).toBe(70);
  expect(heights.offsetOf(11)).toBe(10 * 10 + 70);
});

test('a list that fits is scrolled pixel by pixel', () => {
  const range = { totalPx: 50_000, viewPx: 800 };
  expect(scrollHeightOf(range.totalPx)).toBe(50_000);
  expect(placeAt(1234, range)).toEqual({ top: 1234, scrollTop: 1234 });
  expect(placeAfterScroll(placeAt(0, range), 40_000, range)).toEqual({
    top: 40_000,
    scrollTop: 40_000,
  });
});

const TALL = { totalPx: 22_000_000, viewPx: 800 };

test('in a list taller than an element may be, a small step moves by as many pixels', () => {
  const from = placeAt(11_000_000, TALL);
  expect(from.scrollTop).toBeLessThan(SCROLL_PX_MAX);
  expect(placeAfterScroll(from, from.scrollTop + 100, TALL).top).toBe(from.top + 100);
});

test('in a list taller than an element may be, the thumb reaches both ends', () => {
  const from = placeAt(11_000_000, TALL);
  expect(placeAfterScroll(from, 0, TALL).top).toBe(0);
  expect(placeAfterScroll(from, SCROLL_PX_MAX - 800, TALL).top).toBe(TALL.totalPx - 800);
});

test('small steps never get stuck before the end of the list', () => {
  let place = { top: TALL.totalPx - 20_000, scrollTop: SCROLL_PX_MAX - 800 - 50 };
  for (let step = 0; step < 400 && place.top < TALL.totalPx - 800; step++) {
    place = placeAfterScroll(place, Math.min(place.scrollTop + 100, SCROLL_PX_MAX - 800), TALL);
  }
  expect(place.top).toBe(TALL.totalPx - 800);
});
