/** Rows per block: a block's sum lets a search skip its rows. */
const BLOCK_ROWS = 1024;

/**
 * Where each row of a very long list is, when most rows have one height and some differ.
 *
 * Rows keep their place when others are added or dropped in front of them: inside, a row is
 * numbered from the first one ever seen, so older rows get negative numbers. Only rows that differ
 * cost memory; finding a row among a million takes some thousand additions.
 */
export class RowHeights {
  #rowPx: number;
  #first = 0;
  #count = 0;
  #extraOfRow = new Map<number, number>();
  #extraOfBlock = new Map<number, number>();
  #extraTotal = 0;

  constructor(rowPx: number) {
    this.#rowPx = rowPx;
  }

  get count(): number {
    return this.#count;
  }

  /** Height of the whole list in pixels. */
  get totalPx(): number {
    return this.#count * this.#rowPx + this.#extraTotal;
  }

  /** Forgets every measured height, because the width or the text size changed. */
  reset(rowPx: number): void {
    this.#rowPx = rowPx;
    this.#extraOfRow.clear();
    this.#extraOfBlock.clear();
    this.#extraTotal = 0;
  }

  /** States how many rows there are and how many of them were added before the first (or dropped, negative). */
  resize(count: number, addedBefore: number): void {
    this.#first -= addedBefore;
    this.#count = count;
    if (addedBefore >= 0 && this.#extraOfRow.size === 0) return;
    for (const row of this.#extraOfRow.keys()) {
      if (row < this.#first || row >= this.#first + count) this.#setExtra(row, 0);
    }
  }

  /** Takes a measured height; true when it changed. */
  setHeight(index: number, px: number): boolean {
    const row = this.#first + index;
    const extra = px - this.#rowPx;
    if ((this.#extraOfRow.get(row) ?? 0) === extra) return false;
    this.#setExtra(row, extra);
    return true;
  }

  heightOf(index: number): number {
    return this.#rowPx + (this.#extraOfRow.get(this.#first + index) ?? 0);
  }

  /** Pixels above the row at `index`; `index` may be the count. */
  offsetOf(index: number): number {
    return index * this.#rowPx + this.#extraBefore(this.#first + index);
  }

  /** The row that covers the pixel `px`, clamped to the list; 0 when there are none. */
  indexAt(px: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.offsetOf(middle) <= px) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  }

  #extraBefore(row: number): number {
    if (this.#extraTotal === 0 && this.#extraOfRow.size === 0) return 0;
    const block = Math.floor(row / BLOCK_ROWS);
    let extra = 0;
    for (const [other, sum] of this.#extraOfBlock) if (other < block) extra += sum;
    if (!this.#extraOfBlock.has(block)) return extra;
    for (let at = block * BLOCK_ROWS; at < row; at++) extra += this.#extraOfRow.get(at) ?? 0;
    return extra;
  }

  #setExtra(row: number, extra: number): void {
    const change = extra - (this.#extraOfRow.get(row) ?? 0);
    const block = Math.floor(row / BLOCK_ROWS);
    if (extra === 0) this.#extraOfRow.delete(row);
    else this.#extraOfRow.set(row, extra);
    this.#extraOfBlock.set(block, (this.#extraOfBlock.get(block) ?? 0) + change);
    this.#extraTotal += change;
  }
}
