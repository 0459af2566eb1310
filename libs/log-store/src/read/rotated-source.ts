/**
 * A rotated file, open only while it is read, so that a view of thousands needs a few descriptors.
 * Its text never changes; when it is gone by then it was sealed: a plain file is removed only when
 * its `.gz` is there for good, and that holds the same lines.
 */

import { isUnreadable } from '../errors.ts';
import type { ListedSegment } from '../segment/list-segments.ts';
import { type SegmentPaths, segmentPaths } from '../segment/segment-paths.ts';
import type { SegmentTables } from '../segment/segment-tables.ts';
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
      if (segment.hasSealed && this.#isStray()) return this.#sealed();
      return (await openPlainSource(disk, this.#path, this.#options)) ?? this.#sealed();
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      figures.filesSkipped++;
      return segment.hasSealed ? this.#sealed() : unreadableSource('');
    }
  }

  /**
   * Both stand there until sealing has ended, and when somebody puts a file beside a sealed one, such
   * as a broken-off `zcat`. What is not as long as the text that was sealed is no part of sealing.
   */
  #isStray(): boolean {
    const { disk, directory, segment } = this.#options;
    const paths = segmentPaths(directory, segment.name);
    const tables = this.#tablesOf(paths);
    // Only a whole index of this very file proves what was sealed.
    if (tables?.index === undefined || tables.holes > 0) return false;
    const { plainBytes, storedBytes } = tables.index.header;
    const isSealed = disk.lstat(paths.sealed)?.bytes === storedBytes;
    return isSealed && disk.lstat(paths.plain)?.bytes !== plainBytes;
  }

  #tablesOf(paths: SegmentPaths): SegmentTables | undefined {
    try {
      return this.#options.segments.tablesOf(this.#options.disk, paths);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return undefined;
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
