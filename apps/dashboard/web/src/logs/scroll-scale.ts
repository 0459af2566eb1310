/**
 * Scrolling through more pixels than an element may have. Chromium stops at 33.5 million pixels,
 * Firefox at 17.9 million, so a taller list gets a scroll range of `SCROLL_PX_MAX` and its position
 * is scaled: small steps (wheel, keys) move by the same number of pixels as anywhere else, large
 * ones (the thumb) move in proportion.
 */
export const SCROLL_PX_MAX = 10_000_000;

/** What a list measures now, in pixels. */
export interface ScrollRange {
  readonly totalPx: number;
  readonly viewPx: number;
}

/** Where the list is: `top` in its own pixels, `scrollTop` as the element has it. */
export interface ScrollPlace {
  readonly top: number;
  readonly scrollTop: number;
}

/** Height the scrolled element gets. */
export function scrollHeightOf(totalPx: number): number {
  return Math.min(totalPx, SCROLL_PX_MAX);
}

/** The place that shows the list from `top` on. */
export function placeAt(top: number, range: ScrollRange): ScrollPlace {
  const last = Math.max(range.totalPx - range.viewPx, 0);
  const clamped = Math.min(Math.max(top, 0), last);
  const lastScroll = Math.max(scrollHeightOf(range.totalPx) - range.viewPx, 0);
  if (last === lastScroll) return { top: clamped, scrollTop: clamped };
  if (clamped === 0 || clamped === last) return { top: clamped, scrollTop: clamped && lastScroll };
  // A pixel away from both ends, so that there is always a step left to scroll.
  const scrollTop = Math.round((clamped / last) * lastScroll);
  return { top: clamped, scrollTop: Math.min(Math.max(scrollTop, 1), lastScroll - 1) };
}

/** The place after the element was scrolled from `from` to `scrollTop`. */
export function placeAfterScroll(
  from: ScrollPlace,
  scrollTop: number,
  range: ScrollRange,
): ScrollPlace {
  const last = Math.max(range.totalPx - range.viewPx, 0);
  const lastScroll = Math.max(scrollHeightOf(range.totalPx) - range.viewPx, 0);
  if (last === lastScroll) return { top: Math.min(scrollTop, last), scrollTop };
  const step = scrollTop - from.scrollTop;
  if (Math.abs(step) > 2 * range.viewPx) {
    return { top: (scrollTop / lastScroll) * last, scrollTop };
  }
  const top = Math.min(Math.max(from.top + step, 0), last);
  // At an end of the element but not of the list, there would be nothing left to scroll.
  const stuck = (scrollTop <= 0 && top > 0) || (scrollTop >= lastScroll && top < last);
  return stuck ? placeAt(top, range) : { top, scrollTop };
}
