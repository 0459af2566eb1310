import { type CheckOptions, checkSegment } from '@mcplog/log-store/check';
import { listLogDirectories, listSegments, nodeDisk } from '@mcplog/log-store/maintenance';
import type { SegmentPlace } from '../segment-place.ts';
import type { Work } from './find-work.ts';
import type { SealTask } from './thread-messages.ts';

/** Stored bytes looked at in one go: some tenths of a second of reading and hashing. */
const BYTES_AT_ONCE = 64 * 1024 * 1024;

/**
 * Looks through all sealed files, a part each time it is called, and begins anew at the end: every
 * index by its own hashes, every block by its leaf hash.
 */
export class DamageSearch {
  readonly #root: string;
  readonly #bytesAtOnce: number;
  #walk: Iterator<SegmentPlace> | undefined;

  constructor(root: string, bytesAtOnce = BYTES_AT_ONCE) {
    this.#root = root;
    this.#bytesAtOnce = bytesAtOnce;
  }

  /** What is to be mended among the next files. @throws the signal's reason, errors of listing */
  async *next(signal: AbortSignal): AsyncGenerator<Work> {
    for (let bytes = 0; bytes < this.#bytesAtOnce; ) {
      const place = this.#nextPlace();
      if (place === undefined) return;
      const { directory, name } = place;
      const { task, storedBytes } = await look({ disk: nodeDisk, directory, name, signal });
      bytes += storedBytes;
      if (task !== undefined) yield { place, task };
    }
  }

  #nextPlace(): SegmentPlace | undefined {
    const walk = this.#walk ?? sealedPlaces(this.#root);
    // A walk that ends, or breaks off with an error, begins anew the next time.
    this.#walk = undefined;
    const { value, done } = walk.next();
    if (done) return undefined;
    this.#walk = walk;
    return value;
  }
}

function* sealedPlaces(root: string): Generator<SegmentPlace, undefined, undefined> {
  for (const { owner, directory, steps } of listLogDirectories(nodeDisk, root)) {
    for (const { name, hasPlain, hasSealed, hasIndex } of listSegments(nodeDisk, directory)) {
      // The others are work already, see find-work.ts.
      if (hasSealed && hasIndex && !hasPlain) yield { owner, directory, steps, name };
    }
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
