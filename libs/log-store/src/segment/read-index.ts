import type { Disk } from '../disk.ts';
import { openToRead, readBytes } from './durable-file.ts';
import { type DecodedIndex, decodeIndex } from './segment-index.ts';

/** A whole index with every byte checked; for maintenance, a reader opens its own piece by piece. */
export function readIndex(disk: Disk, path: string): DecodedIndex | { readonly kind: 'missing' } {
  const file = openToRead(disk, path);
  if (file === undefined) return { kind: 'missing' };
  try {
    return decodeIndex(readBytes(file, 0, file.stat.bytes));
  } finally {
    disk.close(file.fd);
  }
}
