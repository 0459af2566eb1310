import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CheckOptions, checkSegment } from '@mcplog/log-store/check';
import { listLogDirectories, nodeDisk } from '@mcplog/log-store/maintenance';
import type { SegmentPlace } from '../segment-place.ts';
import { type ListProblem, segmentsIn, type Work } from './find-work.ts';
import type { SealTask } from './thread-messages.ts';

/** Stored bytes looked at in one go: some tenths of a second of reading and hashing. */
const BYTES_AT_ONCE = 64 * 1024 * 1024;
/** Opening a file, its index and listing its directory cost as much as reading so many bytes. */
const BYTES_PER_FILE = 64 * 1024;

export interface DamageSearchOptions {
  readonly bytesAtOnce?: number;
  /** Told of each directory that cannot be listed and is passed over. */
  readonly onUnlisted?: ListProblem;
}

/**
 * Looks through all sealed files, a part each time it is called, and begins anew at the end: every
 * index by its own hashes, every block by its leaf hash. Others get their turn between two files.
 */
export class DamageSearch {
  readonly #root: string;
  readonly #bytesAtOnce: number;
  readonly #onUnlisted: ListProblem;
  #walk: Iterator<SegmentPlace | undefined> | undefined;

  constructor(root: string, options: DamageSearchOptions = {}) {
    this.#root = root;
    this.#bytesAtOnce = options.bytesAtOnce ?? BYTES_AT_ONCE;
    this.#onUnlisted = options.onUnlisted ?? (() => undefined);
  }

  /** What is to be mended among the next files. @throws the signal's reason, errors of listing */
  async *next(signal: AbortSignal): AsyncGenerator<Work> {
    for (let bytes = 0; bytes < this.#bytesAtOnce; bytes += BYTES_PER_FILE) {
      await nextTurn();
      signal.throwIfAborted();
      const step = this.#step();
      if (step.done) return;
      const place = step.value;
      if (place === undefined) continue;
      const { directory, name } = place;
      const { task, storedBytes } = await look({ disk: nodeDisk, directory, name, signal });
      bytes += storedBytes;
      if (task !== undefined) yield { place, task };
    }
  }

  #step(): IteratorResult<SegmentPlace | undefined> {
    const walk = this.#walk ?? sealedPlaces(this.#root, this.#onUnlisted);
    // A walk that ends, or breaks off with an error, begins anew the next time.
    this.#walk = undefined;
    const step = walk.next();
    if (!step.done) this.#walk = walk;
    return step;
  }
}

/** `undefined` for a directory in which there is nothing to look at. */
function* sealedPlaces(
  root: string,
  onUnlisted: ListProblem,
): Generator<SegmentPlace | undefined, undefined, undefined> {
  for (const log of listLogDirectories(nodeDisk, root)) {
    const { owner, directory, steps } = log;
    // The others are work already, see find-work.ts.
    const sealed = segmentsIn(log, onUnlisted).filter(
      ({ hasPlain, hasSealed, hasIndex }) => hasSealed && hasIndex && !hasPlain,
    );
    if (sealed.length === 0) yield undefined;
    for (const { name } of sealed) yield { owner, directory, steps, name };
  }
  return undefined;
}

async function look(
  options: CheckOptions,
): Promise<{ readonly task?: SealTask; readonly storedBytes: number }> {
  try {
    const { findings, storedBytes } = await checkSegment(options);
    const [first] = findings;
    // Gone since it was listed: deleted, and by somebody who may.
    if (first === undefined || first.kind === 'segment-missing') return { storedBytes };
    const isOfIndex = first.kind === 'index-damaged' || first.kind === 'index-missing';
    return { task: isOfIndex ? 'rebuild' : 'mend', storedBytes };
  } catch {
    options.signal?.throwIfAborted();
    // Whoever mends it will meet the same error, tell it and try again.
    return { task: 'mend', storedBytes: 0 };
  }
}
