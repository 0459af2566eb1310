/** Hashes of the beginnings of files that are not sealed. */
import { createHash } from 'node:crypto';
import type { Disk } from '@mcplog/log-store/check';
import { openOrdinaryFile, readExactly } from '@mcplog/log-store/disk';

const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * SHA-256 of each of these beginnings, hexadecimal; those longer than the file are left out.
 * @param lengths rising, bytes
 */
export function hashPrefixes(
  disk: Disk,
  path: string,
  lengths: readonly number[],
): Map<number, string> {
  const hashes = new Map<number, string>();
  const hash = createHash('sha256');
  const { fd } = openOrdinaryFile(disk, path);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, lengths.at(-1) ?? 1)));
    let at = 0;
    for (const length of lengths) {
      while (at < length) {
        const into = buffer.subarray(0, Math.min(buffer.length, length - at));
        const part = readExactly({ disk, fd }, into, at);
        if (part.length === 0) return hashes;
        hash.update(part);
        at += part.length;
      }
      hashes.set(length, hash.copy().digest('hex'));
    }
    return hashes;
  } finally {
    disk.close(fd);
  }
}
