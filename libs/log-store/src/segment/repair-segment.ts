/** Puts damaged blocks of a segment right from copies: another `.gz`, or the plain file. */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Disk } from '../disk/disk.ts';
import { type OpenedFile, openToRead, readBytes } from '../disk/disk-io.ts';
import { sparingDisk } from '../disk/sparing-disk.ts';
import { systemCode } from '../errors.ts';
import { CUT_LIMITS, type CutLimits, cutBlocks } from './cut-blocks.ts';
import { makeIndexDirectory, NewFile, syncDirectory } from './durable-file.ts';
import { decodeMemberHeader, encodeMember, inflateMember } from './gzip-member.ts';
import { IndexBuilder } from './index-builder.ts';
import { leafHash } from './merkle.ts';
import { copyToQuarantine, type QuarantineRoom } from './quarantine-segment.ts';
import { isComplete, readIndex } from './read-index.ts';
import { rebuildIndex } from './rebuild-index.ts';
import type { SignSeal } from './seal-facts.ts';
import { SegmentMissingError } from './segment-errors.ts';
import type { SegmentName } from './segment-name.ts';
import { type SegmentPaths, segmentPaths } from './segment-paths.ts';
import { walkMembers } from './walk-members.ts';

export interface RepairOptions extends QuarantineRoom {
  readonly name: SegmentName;
  /**
   * Files that may hold the same lines, best first: a `.gz` of the segment from a backup, or its plain
   * file. They are believed block by block, and only what the index proves.
   */
  readonly copies: readonly string[];
  /** For the index, when it is made anew. */
  readonly sign?: SignSeal;
  readonly signal?: AbortSignal;
  readonly limits?: CutLimits;
}

export interface Repair {
  /** Numbers of blocks that were put right. */
  readonly repaired: readonly number[];
  /** Numbers of blocks that no copy has; after the last sound block nothing is known of any. */
  readonly missing: readonly number[];
  /** Where the damaged file was copied to, when it was replaced. */
  readonly quarantinePath?: string;
}

const READ_BYTES = 1024 * 1024;

/** What a block must be to be believed. */
interface Wanted {
  /** Leaf hashes by block number; absent without a sound index. */
  readonly leaves: ReadonlyMap<number, Buffer> | undefined;
  readonly storedBytes: ReadonlyMap<number, number>;
}

/**
 * With a sound index a block is taken when it has its leaf hash, so a repaired segment is the sealed
 * one again, bit by bit, and its seal holds. Without one, the sound blocks of all copies are joined by
 * their numbers and the index is made anew.
 *
 * The damaged file is replaced by one rename, after a copy of it was put into quarantine.
 * @throws SegmentMissingError when neither the segment nor its index is there.
 */
export async function repairSegment(options: RepairOptions): Promise<Repair> {
  const { root, steps, name } = options;
  const directory = join(root, ...steps);
  const paths = segmentPaths(directory, name);
  const wanted = wantedOf(options, paths);
  // A block with pages that cannot be read is one that copies may put right.
  const disk = sparingDisk(options.disk);
  const own = openToRead(disk, paths.sealed);
  try {
    if (own === undefined && wanted.leaves === undefined)
      throw new SegmentMissingError(paths.sealed);
    const sound = own === undefined ? new Map<number, Buffer>() : soundMembers(own, wanted);
    const had = new Set(sound.keys());
    await addFromCopies(sound, wanted, options);
    const repaired = [...sound.keys()].filter((number) => !had.has(number)).sort(ascending);
    const missing = missingOf(sound, wanted);
    if (repaired.length === 0) return { repaired, missing };
    // Pages that cannot be read now may be readable later: a file made anew would not have them.
    const isPartly = missing.length > 0 || wanted.leaves === undefined;
    if (own !== undefined && isPartly && !isReadable(options.disk, own)) {
      return { repaired: [], missing: [...missing, ...repaired].sort(ascending) };
    }
    const quarantinePath = own && (await copyToQuarantine(options, own));
    await replace(options, paths, piecesOf(sound, { wanted, own }));
    if (wanted.leaves === undefined) await rebuildIndex({ ...options, directory });
    return { repaired, missing, ...(quarantinePath === undefined ? {} : { quarantinePath }) };
  } finally {
    if (own !== undefined) disk.close(own.fd);
  }
}

function wantedOf({ disk }: RepairOptions, paths: SegmentPaths): Wanted {
  const index = readIndex(disk, paths.index);
  const rows = index.kind === 'sound' ? index.tables.blocks.rows() : [];
  const isProof = index.kind === 'sound' && isComplete(index);
  return {
    leaves: isProof ? new Map(rows.map(({ number, leaf }) => [number, leaf])) : undefined,
    storedBytes: new Map(rows.map(({ number, storedBytes }) => [number, storedBytes])),
  };
}

/** True when the device gives every page of a file. */
function isReadable(disk: Disk, { fd, stat }: OpenedFile): boolean {
  try {
    for (let at = 0; at < stat.bytes; at += READ_BYTES) readBytes({ disk, fd }, at, READ_BYTES);
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EIO') throw error;
    return false;
  }
}

function isWanted(wanted: Wanted, number: number, member: Buffer): boolean {
  const leaf = wanted.leaves?.get(number);
  if (wanted.leaves !== undefined && !(leaf?.equals(leafHash(member)) ?? false)) return false;
  return inflateMember(member) !== undefined;
}

/** Blocks that can be believed, wherever in the file they stand. */
function soundMembers(file: OpenedFile, wanted: Wanted): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (const stretch of walkMembers(file, file.stat.bytes)) {
    if (stretch.kind === 'gap') continue;
    const { number, storedBytes } = stretch.header;
    const member = readBytes(file, stretch.offset, storedBytes);
    if (!found.has(number) && isWanted(wanted, number, member)) found.set(number, member);
  }
  return found;
}

async function addFromCopies(
  sound: Map<number, Buffer>,
  wanted: Wanted,
  { disk, copies, signal, limits = CUT_LIMITS }: RepairOptions,
): Promise<void> {
  for (const path of copies) {
    const copy = openToRead(sparingDisk(disk), path);
    if (copy === undefined) continue;
    try {
      const isSealed = decodeMemberHeader(readBytes(copy, 0, 64)) !== undefined;
      const members = isSealed ? soundMembers(copy, wanted) : await packPlain(copy, limits, signal);
      const isBelieved = wanted.leaves !== undefined || agrees(members, sound);
      for (const [number, member] of isBelieved ? members : []) {
        if (!sound.has(number) && isWanted(wanted, number, member)) sound.set(number, member);
      }
    } finally {
      disk.close(copy.fd);
    }
  }
}

/** The same lines packed again: with the same zlib the same bytes. */
async function packPlain(
  plain: OpenedFile,
  limits: CutLimits,
  signal: AbortSignal | undefined,
): Promise<Map<number, Buffer>> {
  const builder = new IndexBuilder();
  const members = new Map<number, Buffer>();
  for (const block of cutBlocks(plain, plain.stat.bytes, limits)) {
    const number = members.size;
    members.set(number, encodeMember(block, { ...builder.describe(block), number }));
    await nextTurn();
    signal?.throwIfAborted();
  }
  return members;
}

/** Without an index, a copy is of this segment when the blocks that both have are alike. */
function agrees(copy: ReadonlyMap<number, Buffer>, own: ReadonlyMap<number, Buffer>): boolean {
  const common = [...own].filter(([number]) => copy.has(number));
  return common.every(([number, member]) => {
    const [left, right] = [inflateMember(member), inflateMember(copy.get(number) ?? member)];
    return left !== undefined && right !== undefined && left.equals(right);
  });
}

function missingOf(sound: ReadonlyMap<number, Buffer>, { leaves }: Wanted): number[] {
  const last = [...sound.keys()].reduce((most, number) => Math.max(most, number), -1);
  const all = leaves?.keys() ?? Array.from({ length: last + 1 }, (_, number) => number);
  return [...all].filter((number) => !sound.has(number));
}

/** What the repaired file is made of, block by block. */
function* piecesOf(
  sound: ReadonlyMap<number, Buffer>,
  { wanted, own }: { readonly wanted: Wanted; readonly own: OpenedFile | undefined },
): Generator<Buffer, void, undefined> {
  const numbers = wanted.leaves?.keys() ?? [...sound.keys()].sort(ascending);
  let offset = 0;
  for (const number of numbers) {
    const bytes = wanted.storedBytes.get(number) ?? 0;
    const member = sound.get(number);
    // What stays damaged keeps its room, so that the others stand where the index says.
    yield member ?? padded(own && readBytes(own, offset, bytes), bytes);
    offset += member?.length ?? bytes;
  }
}

function padded(damaged: Buffer | undefined, bytes: number): Buffer {
  const piece = Buffer.alloc(bytes);
  damaged?.copy(piece);
  return piece;
}

async function replace(
  { disk, root, steps }: RepairOptions,
  { sealed, sealedPart }: SegmentPaths,
  pieces: Iterable<Buffer>,
): Promise<void> {
  await makeIndexDirectory(disk, join(root, ...steps));
  const file = new NewFile(disk, sealedPart);
  try {
    for (const piece of pieces) file.append(piece);
    await file.sync();
  } finally {
    file.close();
  }
  disk.rename(sealedPart, sealed);
  await syncDirectory(disk, join(root, ...steps));
}

function ascending(left: number, right: number): number {
  return left - right;
}
