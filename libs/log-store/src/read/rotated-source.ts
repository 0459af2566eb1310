/**
 * A rotated file, open only while it is read, so that a view of thousands needs a few descriptors.
 * Its text never changes; when it is gone by then it was sealed: a plain file is removed only when
 * its `.gz` is there for good, and that holds the same lines.
 */

import { isUnreadable } from '../errors.ts';
import type { ListedSegment } from '../segment/list-segments.ts';
import { segmentPaths } from '../segment/segment-paths.ts';
import type { BucketCounter } from './bucket-counter.ts';
import type { LineBatch, LineCount, LineSource, Scan } from './line-source.ts';
import { openPlainSource, type PlainSource, type PlainSourceOptions } from './plain-source.ts';
import { createSegmentSource, type SegmentSourceOptions } from './segment-source.ts';

export interface RotatedSourceOptions
  extends PlainSourceOptions,
    Omit<SegmentSourceOptions, 'name'> {
  readonly segment: ListedSegment;
}

export function createRotatedSource(options: RotatedSourceOptions): LineSource {
  return new RotatedSource(options);
}

class RotatedSource implements LineSource {
  readonly #options: RotatedSourceOptions;
  readonly #path: string;

  constructor(options: RotatedSourceOptions) {
    this.#options = options;
    this.#path = segmentPaths(options.directory, options.segment.name).plain;
  }

  get bytes(): number {
    return this.#options.disk.lstat(this.#path)?.bytes ?? this.#sealed().bytes;
  }

  ends(guard: Scan['guard']): Promise<{ first: number; last: number } | undefined> {
    return this.#use((source) => source.ends(guard));
  }

  async *batches(scan: Scan): AsyncGenerator<LineBatch> {
    const source = await this.#open();
    try {
      yield* source.batches(scan);
    } finally {
      source.close();
    }
  }

  count(scan: Scan): Promise<LineCount> {
    return this.#use((source) => source.count(scan));
  }

  bucket(scan: Scan, counter: BucketCounter): Promise<LineCount> {
    return this.#use((source) => source.bucket(scan, counter));
  }

  close(): void {}

  async #use<T>(ask: (source: LineSource) => Promise<T>): Promise<T> {
    const source = await this.#open();
    try {
      return await ask(source);
    } finally {
      source.close();
    }
  }

  async #open(): Promise<LineSource> {
    const { disk, figures, segment } = this.#options;
    try {
      return (await openPlainSource(disk, this.#path, this.#options)) ?? this.#sealed();
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      figures.filesSkipped++;
      return segment.hasSealed ? this.#sealed() : unreadableSource('');
    }
  }

  #sealed(): LineSource {
    return createSegmentSource({ ...this.#options, name: this.#options.segment.name });
  }
}

const DAMAGED: LineCount = { lines: 0, damaged: 1 };
const NO_LINES = { seqs: [], starts: [], ends: [], entries: [], damaged: 1 };

/** Stands for a file that is passed over: whoever reads past it is told of one damaged line. */
export function unreadableSource(identity: string): PlainSource {
  return {
    identity,
    bytes: 0,
    ends: async () => undefined,
    async *batches() {
      yield { chunk: Buffer.alloc(0), matches: NO_LINES };
    },
    count: async () => DAMAGED,
    bucket: async () => DAMAGED,
    close: () => undefined,
  };
}
