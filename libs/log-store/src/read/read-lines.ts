import { compileFilter } from '@mcplog/log-query';
import { createMatcher } from './line-matcher.ts';
import { LineMerge, type MergedRun } from './line-merge.ts';
import { logsOf } from './read-page.ts';
import type { LinesOptions } from './reader-types.ts';
import { startGuard } from './scan-guard.ts';
import { batchesOf, openSnapshot, type ViewPlace } from './snapshot.ts';

const BLOCK_BYTES = 256 * 1024;

/** Lines or rows in order, gathered into buffers of about {@link BLOCK_BYTES}. */
export async function* readLines(
  place: ViewPlace,
  options: LinesOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const guard = startGuard(options);
  const { filter = {}, order = 'asc', afterSeq: after = 0 } = options;
  const { untilSeq: until = Number.MAX_SAFE_INTEGER } = options;
  const matcher = createMatcher(compileFilter(filter));
  const rows = options.rows && { rows: options.rows };
  const snapshot = await openSnapshot(place, logsOf(place, filter.file), guard);
  const merge = new LineMerge(
    snapshot.logs.map((log) =>
      batchesOf(log, { matcher, order, after, until, guard, readsAll: true, ...rows }),
    ),
    order,
  );
  const block = new LineBlock(options.reusesMemory === true);
  let given = 0;
  try {
    while (await merge.load()) {
      for (let run = merge.takeRun(); run !== undefined; run = merge.takeRun()) {
        given += run.lines;
        block.add(run);
        if (block.bytes >= BLOCK_BYTES) yield block.take();
      }
    }
    if (block.bytes > 0) yield block.take();
    options.onEnd?.({ lines: given, damagedLines: merge.damagedLines });
  } finally {
    await merge.close();
    snapshot.close();
  }
}

/** Copies runs together, for what they lie in is overwritten soon. */
class LineBlock {
  readonly #reuses: boolean;
  #into: Buffer | undefined;
  /** So much that a run more than full seldom needs a wider one. */
  #room = BLOCK_BYTES + BLOCK_BYTES / 4;
  #bytes = 0;

  constructor(reuses: boolean) {
    this.#reuses = reuses;
  }

  /** Gathered so far. */
  get bytes(): number {
    return this.#bytes;
  }

  add({ chunk, start, end }: MergedRun): void {
    const into = this.#withRoom(this.#bytes + end - start);
    chunk.copy(into, this.#bytes, start, end);
    this.#bytes += end - start;
  }

  take(): Buffer {
    const taken = (this.#into ?? Buffer.alloc(0)).subarray(0, this.#bytes);
    if (!this.#reuses) this.#into = undefined;
    this.#bytes = 0;
    return taken;
  }

  #withRoom(bytes: number): Buffer {
    if (this.#into !== undefined && bytes <= this.#into.length) return this.#into;
    if (bytes > this.#room) this.#room = bytes + BLOCK_BYTES / 4;
    const wider = Buffer.allocUnsafeSlow(this.#room);
    this.#into?.copy(wider, 0, 0, this.#bytes);
    this.#into = wider;
    return wider;
  }
}
