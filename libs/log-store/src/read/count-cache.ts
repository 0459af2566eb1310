import type { LogFilter } from '@mcplog/log-query';
import { ByteCache } from './byte-cache.ts';
import type { LineCount } from './line-source.ts';

/** Totals of sealed segments: about 40,000 of them. */
const BYTES_MAX = 8 * 1024 * 1024;
const COUNT_BYTES = 120;

/** Totals per sealed segment and filter. A sealed segment never changes, so neither do they. */
export class CountCache {
  readonly #kept = new ByteCache<LineCount>(BYTES_MAX);
  readonly #numbers = new WeakMap<object, number>();
  #last = 0;

  /** @param tables of the segment as it was opened: another file has other tables. */
  get(tables: object, filter: LogFilter): LineCount | undefined {
    return this.#kept.get(this.#keyOf(tables, filter));
  }

  set(tables: object, filter: LogFilter, count: LineCount): void {
    const key = this.#keyOf(tables, filter);
    this.#kept.set(key, count, 2 * key.length + COUNT_BYTES);
  }

  #keyOf(tables: object, filter: LogFilter): string {
    const number = this.#numbers.get(tables) ?? ++this.#last;
    this.#numbers.set(tables, number);
    return `${number} ${JSON.stringify(filter)}`;
  }
}
