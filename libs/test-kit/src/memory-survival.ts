/** What of the unsynced changes a power cut leaves on the disk in memory. */
import {
  applyChange,
  applyEdit,
  GrowingBytes,
  MemoryDirectory,
  MemoryFile,
  type MemoryNode,
  type NameChange,
} from './memory-nodes.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';

/**
 * - `nothing`: only what was synced: bytes by a sync of the file, names by one of their directory.
 *   POSIX promises no more.
 * - `everything`: as if the cut came when all had reached the disk by itself.
 * - `names`: the journal of names was written, no data was: new files are empty.
 * - `some-names`: a beginning of the journal of names, and no data.
 * - `prefix`: a beginning of the journal, and of each file a beginning of its changes, the last of
 *   them torn anywhere.
 * - `holes`: all names and sizes, but of the pages written to only some: the others are zeros, as
 *   XFS and ext4 leave them when later pages went out before earlier ones.
 */
export type Survival =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'everything' }
  | { readonly kind: 'names' }
  | { readonly kind: 'some-names'; readonly seed: number }
  | { readonly kind: 'prefix'; readonly seed: number }
  | { readonly kind: 'holes'; readonly seed: number; readonly pageBytes: number };

export interface DiskState {
  readonly root: MemoryDirectory;
  /** Changes of names that are not certain, in the order they were made. */
  readonly names: readonly NameChange[];
}

/** A tree of its own, all of it certain. Nodes keep their ids. */
export function survivorOf({ root, names }: DiskState, survival: Survival): MemoryDirectory {
  const random = seededRandom('seed' in survival ? survival.seed : 0);
  const members = new Map<MemoryDirectory, Map<string, MemoryNode>>();
  const membersOf = (directory: MemoryDirectory) => {
    const known = members.get(directory) ?? new Map(directory.durable);
    members.set(directory, known);
    return known;
  };
  for (const change of names.slice(0, namesKept(names.length, survival, random))) {
    for (const edit of change) applyEdit(membersOf(edit.directory), edit);
  }
  const copy = (directory: MemoryDirectory): MemoryDirectory => {
    const kept = new Map<string, MemoryNode>();
    for (const [name, node] of membersOf(directory)) {
      kept.set(name, node.kind === 'directory' ? copy(node) : fileAfter(node, survival, random));
    }
    return new MemoryDirectory(directory.id, kept);
  };
  return copy(root);
}

function namesKept(count: number, { kind }: Survival, random: SeededRandom): number {
  if (kind === 'nothing') return 0;
  return kind === 'some-names' || kind === 'prefix' ? random.below(count + 1) : count;
}

function fileAfter(file: MemoryFile, survival: Survival, random: SeededRandom): MemoryFile {
  return new MemoryFile(file.id, contentAfter(file, survival, random));
}

function contentAfter(file: MemoryFile, survival: Survival, random: SeededRandom): Buffer {
  const bytes = new GrowingBytes(file.durable.view());
  switch (survival.kind) {
    case 'everything':
      for (const change of file.pending) applyChange(bytes, change);
      return bytes.view();
    case 'prefix':
      keepBeginning(file, bytes, random);
      return bytes.view();
    case 'holes':
      keepPages(file, bytes, { random, pageBytes: survival.pageBytes });
      return bytes.view();
    case 'nothing':
    case 'names':
    case 'some-names':
      return bytes.view();
  }
}

function keepBeginning(file: MemoryFile, to: GrowingBytes, random: SeededRandom): void {
  const kept = random.below(file.pending.length + 1);
  for (const change of file.pending.slice(0, kept)) applyChange(to, change);
  const torn = file.pending[kept];
  if (torn?.kind !== 'write') return;
  to.write(torn.position, torn.data.subarray(0, random.below(torn.data.length + 1)));
}

/** Each page is as programs saw it, or as it was when it was last synced: beyond the end, zeros. */
function keepPages(
  file: MemoryFile,
  to: GrowingBytes,
  { random, pageBytes }: { readonly random: SeededRandom; readonly pageBytes: number },
): void {
  const now = new GrowingBytes(file.durable.view());
  for (const change of file.pending) applyChange(now, change);
  const before = Buffer.from(to.view());
  to.resize(now.length);
  for (let start = 0; start < now.length; start += pageBytes) {
    const page = now.view().subarray(start, start + pageBytes);
    const same = page.equals(before.subarray(start, start + page.length));
    if (!same && random.chance(0.5)) to.write(start, page);
  }
}
