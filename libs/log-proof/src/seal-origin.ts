/** Whether a rotated file is what the log-writer signed of it, before a seal makes it history. */
import { join } from 'node:path';
import type { Disk } from '@mcplog/log-store/check';
import { hashPrefixes } from './plain-prefix.ts';
import type { SealBody } from './seal.ts';
import type { SealContent } from './seal-content.ts';
import type { WrittenHeads } from './written-heads.ts';

export interface OriginPlace {
  readonly disk: Disk;
  readonly logs: string;
  readonly heads: WrittenHeads;
}

/**
 * `undefined` when heads say the same, when nobody signs heads in this installation, or when there is
 * no plain file: an index that is made again tells nothing new.
 */
export function sealOrigin(
  { disk, logs, heads }: OriginPlace,
  content: SealContent,
): SealBody['origin'] {
  const path = join(logs, content.directory, content.file);
  if (disk.lstat(path)?.kind !== 'file') return undefined;
  const known = heads.of(content);
  if (known === undefined) return undefined;
  if (known.length === 0) return 'unrecorded';
  const lengths = [...new Set(known.map(({ bytes }) => bytes))].sort((a, b) => a - b);
  // What is sealed is hashed already; only a head from before the last lines needs the file again.
  const isWhole = lengths.every((bytes) => bytes === content.plainBytes);
  const hashes = isWhole
    ? new Map([[content.plainBytes, content.plainSha256]])
    : hashPrefixes(disk, path, lengths);
  const isTrue = known.every(({ bytes, sha256 }) => hashes.get(bytes) === sha256);
  return isTrue ? undefined : 'changed';
}
