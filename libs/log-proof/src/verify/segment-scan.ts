/** Reads a sealed file block by block without trusting an index. */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type Disk, leafHash, merkleRoot, walkMembers } from '@mcplog/log-store/check';
import { openOrdinaryFile, readBytes } from '@mcplog/log-store/disk';

export interface ScannedBlock {
  readonly number: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** False when the text does not unpack to what the member says. */
  readonly isReadable: boolean;
}

export interface SegmentScan {
  readonly bytes: number;
  readonly blocks: readonly ScannedBlock[];
  /** Bytes that belong to no block. */
  readonly strayBytes: number;
  /** Merkle root over the blocks as they stand, hexadecimal. */
  readonly root: string;
}

/** @throws Error of the file system, or the signal's reason */
export async function scanSegment(
  disk: Disk,
  path: string,
  signal: AbortSignal | undefined,
): Promise<SegmentScan> {
  const { fd, stat } = openOrdinaryFile(disk, path);
  try {
    const { bytes } = stat;
    const blocks: ScannedBlock[] = [];
    const leaves: Buffer[] = [];
    let strayBytes = 0;
    for (const stretch of walkMembers({ disk, fd }, bytes)) {
      if (stretch.kind === 'gap') {
        strayBytes += stretch.bytes;
        continue;
      }
      const { number, firstSeq, lastSeq, storedBytes, plainBytes } = stretch.header;
      const member = readBytes({ disk, fd }, stretch.offset, storedBytes);
      leaves.push(leafHash(member));
      const isReadable = unpack(member)?.length === plainBytes;
      blocks.push({ number, firstSeq, lastSeq, isReadable });
      await nextTurn();
      signal?.throwIfAborted();
    }
    return { bytes, blocks, strayBytes, root: merkleRoot(leaves).toString('hex') };
  } finally {
    disk.close(fd);
  }
}

/** SHA-256 of the first bytes of the plain text; `undefined` when they cannot be unpacked. */
export function hashPlainPrefix(disk: Disk, path: string, plainBytes: number): string | undefined {
  const hash = createHash('sha256');
  const { fd, stat } = openOrdinaryFile(disk, path);
  try {
    let left = plainBytes;
    for (const stretch of walkMembers({ disk, fd }, stat.bytes)) {
      if (left === 0) break;
      if (stretch.kind === 'gap') return undefined;
      const { offset, header } = stretch;
      const plain = unpack(readBytes({ disk, fd }, offset, header.storedBytes));
      if (plain === undefined) return undefined;
      const part = plain.subarray(0, left);
      hash.update(part);
      left -= part.length;
    }
    return left === 0 ? hash.digest('hex') : undefined;
  } finally {
    disk.close(fd);
  }
}

/** By the headers of its blocks alone. */
export function holdsSeq(disk: Disk, path: string, seq: number): boolean {
  const { fd, stat } = openOrdinaryFile(disk, path);
  try {
    for (const stretch of walkMembers({ disk, fd }, stat.bytes)) {
      if (stretch.kind === 'gap') continue;
      const { firstSeq, lastSeq } = stretch.header;
      if (firstSeq <= seq && seq <= lastSeq) return true;
    }
    return false;
  } finally {
    disk.close(fd);
  }
}

/** gzip's own checksum and length are checked on the way. */
function unpack(member: Buffer): Buffer | undefined {
  try {
    return gunzipSync(member);
  } catch {
    return undefined;
  }
}
