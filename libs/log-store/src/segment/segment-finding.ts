import type { IndexDamage } from './segment-index.ts';

/** One thing that is wrong with a segment. */
export type SegmentFinding =
  /** The sealed file is not there, though its index is, or neither is. */
  | { readonly kind: 'segment-missing' }
  /** Nothing is lost but the seal: the index can be rebuilt. */
  | { readonly kind: 'index-missing' }
  | { readonly kind: 'index-damaged'; readonly sections: readonly IndexDamage[] }
  /** The index is sound in itself but does not describe these blocks; found by a deep check only. */
  | { readonly kind: 'index-differs' }
  /** The bytes of the block are not those that were sealed, or cannot be unpacked. */
  | {
      readonly kind: 'block-damaged';
      readonly block: number;
      readonly offset: number;
      readonly bytes: number;
    }
  /** The block is whole but stands at another place than its own. */
  | { readonly kind: 'block-moved'; readonly block: number; readonly offset: number }
  /** A whole block that the seal does not know, or a second copy of one. */
  | { readonly kind: 'block-foreign'; readonly offset: number; readonly bytes: number }
  /** Nothing of the block is there. */
  | { readonly kind: 'block-missing'; readonly block: number }
  /** Bytes that belong to no block. */
  | { readonly kind: 'bytes-foreign'; readonly offset: number; readonly bytes: number };
