/** Does a sealed file hold exactly what the plain file does? */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FileHandle, type OpenedFile, openToRead, readExactly } from '../disk/disk-io.ts';
import type { BlockRow } from './block-table.ts';
import { inflateMember } from './gzip-member.ts';
import type { IndexHeader } from './index-header.ts';
import { leafHash } from './merkle.ts';
import { readIndex } from './read-index.ts';

export type PlainComparison =
  | { readonly kind: 'same'; readonly header: IndexHeader }
  | { readonly kind: 'differs'; readonly what: string };

export interface ComparisonOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (plainBytes: number) => void;
}

export async function comparePlain(
  plain: OpenedFile,
  paths: { readonly sealed: string; readonly index: string },
  { signal, onProgress }: ComparisonOptions = {},
): Promise<PlainComparison> {
  const { disk } = plain;
  const index = readIndex(disk, paths.index);
  if (index.kind !== 'sound') return differs(`the index is ${index.kind}`);
  const sealed = openToRead(disk, paths.sealed);
  if (sealed === undefined) return differs('the sealed file is missing');
  try {
    const buffers = { member: Buffer.alloc(0), plain: Buffer.alloc(0) };
    let offset = 0;
    let plainOffset = 0;
    for (const row of index.tables.blocks.rows()) {
      const isNext = row.offset === offset && row.plainOffset === plainOffset;
      if (!isNext || !isSame(row, { sealed, plain, buffers }))
        return differs(`block ${row.number} differs`);
      offset += row.storedBytes;
      plainOffset += row.plainBytes;
      onProgress?.(plainOffset);
      await nextTurn();
      signal?.throwIfAborted();
    }
    // The plain file is asked again: it must not have grown in the meantime.
    const isWhole = offset === sealed.stat.bytes && plainOffset === disk.stat(plain.fd).bytes;
    return isWhole ? { kind: 'same', header: index.header } : differs('the lengths differ');
  } finally {
    disk.close(sealed.fd);
  }
}

/** Used for all blocks: new memory for each costs as much as hashing it. */
interface CompareBuffers {
  member: Buffer;
  plain: Buffer;
}

function isSame(
  row: BlockRow,
  {
    sealed,
    plain,
    buffers,
  }: {
    readonly sealed: FileHandle;
    readonly plain: FileHandle;
    readonly buffers: CompareBuffers;
  },
): boolean {
  buffers.member = atLeast(buffers.member, row.storedBytes);
  buffers.plain = atLeast(buffers.plain, row.plainBytes);
  const member = readExactly(sealed, buffers.member.subarray(0, row.storedBytes), row.offset);
  if (!leafHash(member).equals(row.leaf)) return false;
  const text = readExactly(plain, buffers.plain.subarray(0, row.plainBytes), row.plainOffset);
  return inflateMember(member)?.equals(text) ?? false;
}

function atLeast(buffer: Buffer, bytes: number): Buffer {
  return buffer.length < bytes ? Buffer.allocUnsafeSlow(bytes) : buffer;
}

function differs(what: string): PlainComparison {
  return { kind: 'differs', what };
}
