/** The part of maintenance-worker in a history: seals what is rotated, sees to lost indexes. */
import { checkSegment, type Disk } from '@mcplog/log-store/check';
import {
  listLogDirectories,
  listSegments,
  rebuildIndex,
  type SealFacts,
  sealSegment,
} from '@mcplog/log-store/maintenance';
import type { MemoryDisk } from '@mcplog/test-kit';
import { BrokenPromise } from './broken-promise.ts';

/** Two or three entries to a block, so that segments have several. */
const LIMITS = { blockBytes: 600, lineBytesMax: 4096 };

async function sign({ root }: SealFacts): Promise<Uint8Array> {
  return Buffer.concat([Buffer.from('sealed'), root]);
}

/** Finishes what an earlier call began, then seals the rest. @throws the disk's errors */
export async function sealAll(disk: Disk, root: string): Promise<void> {
  for (const { directory, steps } of listLogDirectories(disk, root)) {
    const quarantine = { root, steps };
    for (const { name, hasPlain, hasIndex } of listSegments(disk, directory)) {
      if (hasPlain) await sealSegment({ disk, directory, name, sign, limits: LIMITS, quarantine });
      else if (!hasIndex) await rebuildIndex({ disk, directory, name, sign });
    }
  }
}

/** @throws BrokenPromise when something is left over or not as it was sealed */
export async function examineSealed(disk: MemoryDisk, root: string): Promise<void> {
  for (const { directory } of listLogDirectories(disk, root)) {
    for (const { name, hasPlain } of listSegments(disk, directory)) {
      if (hasPlain) throw new BrokenPromise(`${JSON.stringify(name)} is not sealed`);
      const { findings } = await checkSegment({ disk, directory, name, deep: true });
      if (findings.length > 0) throw new BrokenPromise(JSON.stringify({ name, findings }));
    }
  }
  for (const path of disk.contents().keys()) {
    if (path.endsWith('.part')) throw new BrokenPromise(`${path} is left over`);
  }
}
