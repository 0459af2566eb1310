/** The moving window of a long list: which rows are drawn and where, free of any element. */
import { RowHeights } from './row-heights.ts';
import { placeAfterScroll, placeAt, type ScrollPlace, scrollHeightOf } from './scroll-scale.ts';

/** Rows drawn beyond each edge, so that a fast scroll shows no hole. */
const OVERSCAN_ROWS = 12;
/** Closer than this to the end counts as the end. */
const END_PX = 6;

/** What is drawn: rows `first` to `last` (exclusive), moved down by `shiftPx`. */
export interface DrawnWindow {
  readonly first: number;
  readonly last: number;
  readonly shiftPx: number;
  readonly heightPx: number;
}

export interface ListSize {
  readonly count: number;
  /** Running sum of rows added in front, less those dropped there. */
  readonly shift: number;
  readonly generation: number;
}

export class ListWindow {
  readonly heights: RowHeights;
  viewPx = 0;
  #place: ScrollPlace = { top: 0, scrollTop: 0 };
  #shift = 0;
  #generation = -1;
  /** The row that was brought into view last; it stays there while it grows. */
  #revealed: number | undefined;

  constructor(rowPx: number) {
    this.heights = new RowHeights(rowPx);
  }

  get scrollTop(): number {
    return this.#place.scrollTop;
  }

  get atEnd(): boolean {
    return this.heights.totalPx - this.viewPx - this.#place.top <= END_PX;
  }

  /** The first row that can be seen. */
  get firstSeen(): number {
    return this.heights.indexAt(this.#place.top);
  }

  /** Takes a new number of rows; what is on screen stays there. */
  resize({ count, shift, generation }: ListSize, rowPx: number): void {
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#shift = shift;
      this.#revealed = undefined;
      this.heights.reset(rowPx);
      this.heights.resize(count, 0);
      this.#goTo(0);
      return;
    }
    const addedBefore = shift - this.#shift;
    if (this.#revealed !== undefined) this.#revealed += addedBefore;
    this.#shift = shift;
    const droppedPx = addedBefore < 0 ? this.heights.offsetOf(-addedBefore) : 0;
    this.heights.resize(count, addedBefore);
    const addedPx = addedBefore > 0 ? this.heights.offsetOf(addedBefore) : 0;
    this.#goTo(this.#place.top + addedPx - droppedPx);
  }

  /** Forgets measured heights and keeps the first seen row in place. */
  remeasure(rowPx: number): void {
    const first = this.firstSeen;
    this.heights.reset(rowPx);
    this.#goTo(this.heights.offsetOf(first));
  }

  /** Takes the height of a drawn row; rows above the seen ones do not move what is seen. */
  measure(index: number, px: number): boolean {
    const before = this.heights.heightOf(index);
    const above = index < this.firstSeen;
    if (!this.heights.setHeight(index, px)) return false;
    if (above) this.#goTo(this.#place.top + px - before);
    if (index === this.#revealed) this.reveal(index);
    return true;
  }

  /** Takes the element's own position after a scroll. */
  scrolled(scrollTop: number): void {
    this.#revealed = undefined;
    this.#place = placeAfterScroll(this.#place, scrollTop, this.#range());
  }

  toEnd(): void {
    this.#revealed = undefined;
    this.#goTo(this.heights.totalPx);
  }

  /** Brings a row into view, in the middle when it was out of it. */
  reveal(index: number): void {
    this.#revealed = index;
    const top = this.heights.offsetOf(index);
    const bottom = top + this.heights.heightOf(index);
    const isSeen = top >= this.#place.top && bottom <= this.#place.top + this.viewPx;
    if (isSeen) return;
    const near =
      bottom > this.#place.top - 2 * this.viewPx && top < this.#place.top + 3 * this.viewPx;
    if (near && top < this.#place.top) this.#goTo(top);
    else if (near) this.#goTo(Math.min(bottom - this.viewPx, top));
    else this.#goTo(top - this.viewPx / 3);
  }

  drawn(): DrawnWindow {
    const { heights, viewPx } = this;
    const { top, scrollTop } = this.#place;
    const first = Math.max(heights.indexAt(top) - OVERSCAN_ROWS, 0);
    const end = heights.indexAt(top + viewPx) + 1 + OVERSCAN_ROWS;
    return {
      first,
      last: Math.min(end, heights.count),
      shiftPx: heights.offsetOf(first) - top + scrollTop,
      heightPx: scrollHeightOf(heights.totalPx),
    };
  }

  /** The element may round or clamp what it was given. */
  settle(scrollTop: number): void {
    this.#place = { top: this.#place.top, scrollTop };
  }

  #goTo(top: number): void {
    this.#place = placeAt(top, this.#range());
  }

  #range() {
    return { totalPx: this.heights.totalPx, viewPx: this.viewPx };
  }
}
