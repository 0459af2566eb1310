import type { Disk } from '../disk/disk.ts';
import { openToRead, readBytes } from '../disk/disk-io.ts';
import { systemCode } from '../errors.ts';
import { type DecodedIndex, decodeIndex } from './segment-index.ts';

export type SoundIndex = Extract<DecodedIndex, { kind: 'sound' }>;

/** A whole index with every byte checked; for maintenance, a reader opens its own piece by piece. */
export function readIndex(disk: Disk, path: string): DecodedIndex | { readonly kind: 'missing' } {
  const file = openToRead(disk, path);
  if (file === undefined) return { kind: 'missing' };
  try {
    return decodeIndex(readBytes(file, 0, file.stat.bytes));
  } catch (error) {
    // It can be made again, so whoever sees to damage shall see to this.
    if (systemCode(error) === 'EIO') return { kind: 'damaged', damage: ['header'] };
    throw error;
  } finally {
    disk.close(file.fd);
  }
}

/** False for an index that was made again from a damaged segment, and lacks its bad blocks. */
export function isComplete({ header, tables }: SoundIndex): boolean {
  let end = 0;
  for (const { offset, storedBytes } of tables.blocks.rows()) {
    if (offset !== end) return false;
    end = offset + storedBytes;
  }
  return end === header.storedBytes;
}
