import type { LogEntry } from '@mcplog/log-entry';

/**
 * The entries a page holds, oldest first, each seq once and rising. Older ones are added in front
 * at the cost of adding behind.
 */
export class LogBuffer {
  /** Entries before the first loaded one, newest of them first. */
  #before: LogEntry[] = [];
  #after: LogEntry[] = [];
  /** How many of `#before` (from its end) or, past those, of `#after` (from its start) are dropped. */
  #droppedAfter = 0;

  get size(): number {
    return this.#before.length + this.#after.length - this.#droppedAfter;
  }

  get oldest(): LogEntry | undefined {
    return this.at(0);
  }

  get newest(): LogEntry | undefined {
    return this.at(this.size - 1);
  }

  at(index: number): LogEntry | undefined {
    const older = this.#before.length;
    return index < older
      ? this.#before[older - 1 - index]
      : this.#after[index - older + this.#droppedAfter];
  }

  clear(): void {
    this.#before = [];
    this.#after = [];
    this.#droppedAfter = 0;
  }

  /** Adds entries given newest first (as `order=desc` answers); returns how many were new. */
  addOlder(newestFirst: readonly LogEntry[]): number {
    const size = this.size;
    for (const entry of newestFirst) {
      const oldest = this.oldest;
      if (oldest === undefined || entry.metadata.seq < oldest.metadata.seq) {
        this.#pushOlder(entry);
      }
    }
    return this.size - size;
  }

  /** Adds entries given oldest first; those already here are ignored; returns how many were new. */
  addNewer(oldestFirst: readonly LogEntry[]): number {
    const size = this.size;
    let last = this.newest?.metadata.seq ?? -1;
    for (const entry of oldestFirst) {
      if (entry.metadata.seq <= last) continue;
      last = entry.metadata.seq;
      this.#after.push(entry);
    }
    return this.size - size;
  }

  /** Drops the oldest entries until `seq` is the first; returns how many went. */
  dropBefore(seq: number): number {
    const count = this.indexOfSeq(seq);
    const fromBefore = Math.min(count, this.#before.length);
    this.#before.length -= fromBefore;
    this.#droppedAfter += count - fromBefore;
    if (this.#droppedAfter > this.#after.length / 2) {
      this.#after = this.#after.slice(this.#droppedAfter);
      this.#droppedAfter = 0;
    }
    return count;
  }

  /** The place of `seq`, or of the first entry behind it. */
  indexOfSeq(seq: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.at(middle)?.metadata.seq ?? Number.POSITIVE_INFINITY) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #pushOlder(entry: LogEntry): void {
    if (this.#droppedAfter === 0) {
      this.#before.push(entry);
      return;
    }
    this.#droppedAfter--;
    this.#after[this.#droppedAfter] = entry;
  }
}
