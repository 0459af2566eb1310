import type { SegmentName } from './segment-name.ts';

/** What a seal vouches for, and what a manifest says about a segment. */
export interface SealFacts {
  readonly name: SegmentName;
  readonly blocks: number;
  readonly storedBytes: number;
  readonly plainBytes: number;
  readonly lines: number;
  /** Lines that are no entries. */
  readonly damaged: number;
  /** 0 when no line is an entry. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Earliest and latest timestamp, milliseconds since 1970. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Of the rotated file. */
  readonly plainSha256: Buffer;
  /** Merkle root over the blocks as they are stored. */
  readonly root: Buffer;
  /** Of the hashes of the tables and of the gram map: who signs it vouches for the index as well. */
  readonly indexSha256: Buffer;
}

/**
 * Makes the seal of a segment, opaque to this library. Called before any file of the segment takes
 * its final name, and again when sealing was interrupted.
 */
export type SignSeal = (facts: SealFacts) => Promise<Uint8Array>;
