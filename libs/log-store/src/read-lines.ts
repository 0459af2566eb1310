import { compileFilter } from '@mcplog/log-query';
import { createMatcher } from './line-matcher.ts';
import { LineMerge } from './line-merge.ts';
import { logsOf } from './read-page.ts';
import type { LinesOptions } from './reader-types.ts';
import { startGuard } from './scan-guard.ts';
import { batchesOf, openSnapshot, type ViewPlace } from './snapshot.ts';

const BLOCK_BYTES = 256 * 1024;

/** Encoded lines in order, gathered into buffers of about {@link BLOCK_BYTES}. */
export async function* readLines(
  place: ViewPlace,
  options: LinesOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const guard = startGuard(options);
  const { filter = {}, order = 'asc', afterSeq: after = 0 } = options;
  const { untilSeq: until = Number.MAX_SAFE_INTEGER } = options;
  const matcher = createMatcher(compileFilter(filter));
  const snapshot = await openSnapshot(place, logsOf(place, filter.file), guard);
  const merge = new LineMerge(
    snapshot.logs.map((log) =>
      batchesOf(log, { matcher, order, after, until, guard, readsAll: true }),
    ),
    order,
  );
  const block = new LineBlock();
  try {
    while (await merge.load()) {
      for (let line = merge.take(); line !== undefined; line = merge.take()) {
        block.add(line);
        if (block.bytes >= BLOCK_BYTES) yield block.finish();
      }
      // What was handed out until here is overwritten by the next load.
      block.copy();
    }
    if (block.bytes > 0) yield block.finish();
    options.onEnd?.({ damagedLines: merge.damagedLines });
  } finally {
    await merge.close();
    snapshot.close();
  }
}

/** Gathers lines; those that lie side by side in a chunk are copied at once. */
class LineBlock {
  #into = Buffer.alloc(0);
  #bytes = 0;
  #chunk: Buffer | undefined;
  #start = 0;
  #end = 0;

  /** Bytes gathered so far. */
  get bytes(): number {
    return this.#bytes + this.#end - this.#start;
  }

  add({ chunk, start, end }: { chunk: Buffer; start: number; end: number }): void {
    if (chunk !== this.#chunk || start !== this.#end) {
      this.copy();
      this.#chunk = chunk;
      this.#start = start;
    }
    this.#end = end + 1;
  }

  copy(): void {
    const { length } = this.#into;
    const bytes = this.#end - this.#start;
    if (this.#bytes + bytes > length) {
      // The last run of a block may be longer than what is missing.
      const wider = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, length, 2 * bytes) * 2);
      this.#into.copy(wider, 0, 0, this.#bytes);
      this.#into = wider;
    }
    this.#chunk?.copy(this.#into, this.#bytes, this.#start, this.#end);
    this.#bytes += bytes;
    this.#chunk = undefined;
    this.#start = 0;
    this.#end = 0;
  }

  finish(): Buffer {
    this.copy();
    const lines = Buffer.from(this.#into.subarray(0, this.#bytes));
    this.#bytes = 0;
    return lines;
  }
}
