/**
 * How many lines a growing file has, remembered, so that the total of an unfiltered query costs
 * only what was appended since the last one.
 */
export interface CountedPart {
  /** Counted up to here, the end of a line. */
  readonly bytes: number;
  readonly lines: number;
  readonly damaged: number;
  /** The last bytes of the counted part, to notice a file that was rewritten. */
  readonly ending: Buffer;
}

const FILES_MAX = 4096;
export const ENDING_BYTES = 64;

export class LineCounts {
  readonly #parts = new Map<string, CountedPart>();

  get(identity: string): CountedPart | undefined {
    return this.#parts.get(identity);
  }

  set(identity: string, part: CountedPart): void {
    this.#parts.delete(identity);
    this.#parts.set(identity, part);
    for (const oldest of this.#parts.keys()) {
      if (this.#parts.size <= FILES_MAX) break;
      this.#parts.delete(oldest);
    }
  }
}
