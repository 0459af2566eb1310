/** Opens one sealed segment to look at its blocks: for checks, proofs and repair. */
import type { Disk } from '../disk/disk.ts';
import { type OpenedFile, openToRead, readBytes } from '../disk/disk-io.ts';
import type { BlockRow } from './block-table.ts';
import { inflateMember } from './gzip-member.ts';
import { leafHash } from './merkle.ts';
import { readIndex } from './read-index.ts';
import type { SealFacts } from './seal-facts.ts';
import { type DecodedIndex, factsOf } from './segment-index.ts';
import type { SegmentName } from './segment-name.ts';
import { segmentPaths } from './segment-paths.ts';
import { tablesOfMembers } from './segment-tables.ts';

export interface OpenSegment {
  readonly name: SegmentName;
  readonly file: OpenedFile;
  readonly index: DecodedIndex | { readonly kind: 'missing' };
  /** From the index; without a sound one, from the members' headers: then without leaf hashes. */
  readonly rows: readonly BlockRow[];
  /** Absent without a sound index. */
  readonly facts?: SealFacts;
  /** What the signer gave at sealing; empty without a sound index. */
  readonly seal: Buffer;
  close(): void;
}

/** @returns `undefined` when there is no sealed file. @throws UnsafePathError for a link. */
export function openSegment(
  disk: Disk,
  directory: string,
  name: SegmentName,
): OpenSegment | undefined {
  const paths = segmentPaths(directory, name);
  const file = openToRead(disk, paths.sealed);
  if (file === undefined) return undefined;
  try {
    const index = readIndex(disk, paths.index);
    const base = { name, file, index, close: () => disk.close(file.fd) };
    if (index.kind !== 'sound') {
      return { ...base, rows: tablesOfMembers(file).blocks.rows(), seal: Buffer.alloc(0) };
    }
    const { header, tables, seal } = index;
    return { ...base, rows: tables.blocks.rows(), facts: factsOf(name, header), seal };
  } catch (error) {
    disk.close(file.fd);
    throw error;
  }
}

export type ReadBlock =
  | { readonly kind: 'sound'; readonly member: Buffer; readonly plain: Buffer }
  | { readonly kind: 'damaged'; readonly offset: number; readonly bytes: number };

/**
 * One block, proved by its leaf hash, or without a sound index by its checksum.
 * @throws RangeError when the segment has no such row.
 */
export function readBlock(segment: OpenSegment, row: number): ReadBlock {
  const block = segment.rows[row];
  if (block === undefined) throw new RangeError(`block row ${row} of ${segment.rows.length}`);
  const { offset, storedBytes: bytes, leaf } = block;
  const member = readBytes(segment.file, offset, bytes);
  const isSealed = segment.index.kind !== 'sound' || leafHash(member).equals(leaf);
  const plain = isSealed ? inflateMember(member) : undefined;
  return plain === undefined
    ? { kind: 'damaged', offset, bytes }
    : { kind: 'sound', member, plain };
}
