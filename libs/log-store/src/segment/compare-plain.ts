/** Does a sealed file hold exactly what the plain file does? */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BlockRow } from './block-table.ts';
import { type OpenedFile, openToRead, type ReadableFile, readBytes } from './durable-file.ts';
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
    let offset = 0;
    let plainOffset = 0;
    for (const row of index.tables.blocks.rows()) {
      const isNext = row.offset === offset && row.plainOffset === plainOffset;
      if (!isNext || !isSame(row, sealed, plain)) return differs(`block ${row.number} differs`);
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

function isSame(row: BlockRow, sealed: ReadableFile, plain: ReadableFile): boolean {
  const member = readBytes(sealed, row.offset, row.storedBytes);
  if (!leafHash(member).equals(row.leaf)) return false;
  const text = inflateMember(member);
  return text?.equals(readBytes(plain, row.plainOffset, row.plainBytes)) ?? false;
}

function differs(what: string): PlainComparison {
  return { kind: 'differs', what };
}
