/**
 * The tree over a segment's blocks, as RFC 6962 section 2.1 has it: a leaf is SHA-256 of a zero byte
 * and the data, an inner node SHA-256 of a one byte and its two children, and a tree of n leaves has
 * the largest power of two below n of them on its left. The prefixes keep a leaf from passing for a
 * node.
 */
import { createHash, hash } from 'node:crypto';

/** What is hashed before the bytes of a leaf. */
export const LEAF_PREFIX = 0;

const LEAF = Buffer.of(LEAF_PREFIX);
const NODE = Buffer.of(1);
export const HASH_BYTES = 32;

export function leafHash(data: Uint8Array): Buffer {
  return createHash('sha256').update(LEAF).update(data).digest();
}

/** The same of bytes that have {@link LEAF_PREFIX} before them already: one call, no copy. */
export function leafHashOfPrefixed(prefixed: Uint8Array): Buffer {
  return hash('sha256', prefixed, 'buffer');
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

/** @param leaves leaf hashes, 32 bytes each; the root of none is SHA-256 of nothing. */
export function merkleRoot(leaves: readonly Uint8Array[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return createHash('sha256').digest();
  if (leaves.length === 1) return Buffer.from(only);
  const split = splitOf(leaves.length);
  return nodeHash(merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split)));
}

/**
 * The hashes that lead from one leaf to the root, nearest first.
 * @throws RangeError when there is no such leaf.
 */
export function merklePath(leaves: readonly Uint8Array[], index: number): Buffer[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`leaf ${index} of ${leaves.length}`);
  }
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...merklePath(left, index), merkleRoot(right)]
    : [...merklePath(right, index - split), merkleRoot(left)];
}

/** Where a leaf stands and how to climb from it. */
export interface PlaceInTree {
  readonly index: number;
  /** Leaves of the whole tree. */
  readonly size: number;
  readonly path: readonly Uint8Array[];
}

/** The root that a leaf and its path lead to; `undefined` when the path has not the right length. */
export function rootOfPath(leaf: Uint8Array, place: PlaceInTree): Buffer | undefined {
  const { index, size, path } = place;
  if (!(index >= 0 && index < size)) return undefined;
  if (size === 1) return path.length === 0 ? Buffer.from(leaf) : undefined;
  const sibling = path.at(-1);
  if (sibling === undefined) return undefined;
  const split = splitOf(size);
  const rest = path.slice(0, -1);
  if (index < split) {
    const left = rootOfPath(leaf, { index, size: split, path: rest });
    return left && nodeHash(left, sibling);
  }
  const right = rootOfPath(leaf, { index: index - split, size: size - split, path: rest });
  return right && nodeHash(sibling, right);
}

/** The largest power of two below `size`, which is at least 2. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}
