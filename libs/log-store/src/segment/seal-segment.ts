/**
 * Sealing: a rotated plain file becomes a sealed segment and its index.
 *
 * At every moment the plain file or a whole, durable `.gz` is there under its final name:
 *
 *  1. `.gz.part` and `.idx.part` are written in `.index/` and synced;
 *  2. both are opened again: each member is unpacked and compared with the plain file byte for byte,
 *     and every section of the index with its hash;
 *  3. the index is renamed into place, its directory synced: an index alone means nothing;
 *  4. the `.gz` is renamed into place, its directory synced: readers go on taking the plain file;
 *  5. the plain file is removed, the directory synced.
 *
 * After a crash the same call goes on. With the plain file and no `.gz` it begins anew, over whatever
 * parts and index it finds; with both it compares them (step 2) and removes the plain file, or settles
 * which of them is believed when they differ (settle-conflict.ts): a sound `.gz` is never written over;
 * with the `.gz` alone there is nothing to do but to see to the index.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type OpenedFile, openToRead } from '../disk/disk-io.ts';
import { systemCode } from '../errors.ts';
import { comparePlain, type PlainComparison } from './compare-plain.ts';
import { CUT_LIMITS, cutBlocks } from './cut-blocks.ts';
import { makeIndexDirectory, NewFile, syncDirectory, unlinkIfThere } from './durable-file.ts';
import { encodeMember } from './gzip-member.ts';
import { IndexBuilder } from './index-builder.ts';
import type { IndexHeader } from './index-header.ts';
import { readIndex } from './read-index.ts';
import { rebuildIndex } from './rebuild-index.ts';
import type { SealFacts } from './seal-facts.ts';
import { SealMismatchError, SegmentMissingError } from './segment-errors.ts';
import { encodeIndex, factsOf, headerOf, type IndexTables } from './segment-index.ts';
import { type SegmentPaths, segmentPaths } from './segment-paths.ts';
import { type ConflictOptions, settleConflict } from './settle-conflict.ts';

/** Heard between two blocks, the signal leaves what is done so far for the next call. */
export interface SealOptions extends ConflictOptions {
  /** Plain bytes dealt with, of twice the file: once for writing, once for comparing. */
  readonly onProgress?: (plainBytes: number) => void;
}

/**
 * Seals one rotated file, or finishes what an interrupted call began.
 *
 * Blocks its thread for some milliseconds per block. Only one process may seal in a directory.
 * @throws SegmentMissingError, SegmentConflictError, SealMismatchError, UnsafePathError, the signal's
 * reason, and the system's errors, such as ENOSPC; the plain file is whole and in its place after any
 * of them.
 */
export async function sealSegment(options: SealOptions): Promise<SealFacts> {
  const { disk, directory, name } = options;
  const paths = segmentPaths(directory, name);
  const plain = openToRead(disk, paths.plain);
  if (plain === undefined) return factsOfSealed(options, paths);
  try {
    await makeIndexDirectory(disk, directory);
    const earlier = await comparedEarlier(options, paths, plain);
    if (earlier?.kind === 'differs') {
      const settled = await settleConflict(options, paths, plain);
      if (settled !== undefined) {
        removeParts(options, paths);
        return settled;
      }
    }
    const isSealed = earlier?.kind === 'same';
    const facts = isSealed
      ? factsOf(name, earlier.header)
      : await writeSealed(options, paths, plain);
    await removePlain(options, paths);
    return facts;
  } finally {
    disk.close(plain.fd);
  }
}

/** The `.gz` is there and the plain file no longer: all that may be missing is the index. */
async function factsOfSealed(options: SealOptions, paths: SegmentPaths): Promise<SealFacts> {
  const { disk, name } = options;
  if (disk.lstat(paths.sealed) === undefined) throw new SegmentMissingError(paths.sealed);
  // An interrupted call may have removed the plain file and not come to sync that.
  await syncDirectory(disk, options.directory);
  const index = readIndex(disk, paths.index);
  if (index.kind === 'sound') return factsOf(name, index.header);
  return (await rebuildIndex(options)).facts;
}

/** Whether what an earlier call renamed into place, if any did, holds what the plain file does. */
async function comparedEarlier(
  options: SealOptions,
  paths: SegmentPaths,
  plain: OpenedFile,
): Promise<PlainComparison | undefined> {
  if (options.disk.lstat(paths.sealed) === undefined) return undefined;
  try {
    return await comparePlain(plain, paths, progressFrom(options, plain.stat.bytes));
  } catch (error) {
    if (systemCode(error) !== 'EIO') throw error;
    return { kind: 'differs', what: 'one of them cannot be read' };
  }
}

async function writeSealed(
  options: SealOptions,
  paths: SegmentPaths,
  plain: OpenedFile,
): Promise<SealFacts> {
  const { disk, name, sign } = options;
  const { header, tables } = await writeMembers(options, paths, plain);
  const facts = factsOf(name, header);
  const index = new NewFile(disk, paths.indexPart);
  try {
    index.append(encodeIndex(header, tables, await sign(facts)));
    await index.sync();
  } finally {
    index.close();
  }
  await compareParts(options, paths, plain);
  disk.rename(paths.indexPart, paths.index);
  await syncDirectory(disk, dirname(paths.index));
  disk.rename(paths.sealedPart, paths.sealed);
  await syncDirectory(disk, options.directory);
  return facts;
}

async function writeMembers(
  options: SealOptions,
  paths: SegmentPaths,
  plain: OpenedFile,
): Promise<{ header: IndexHeader; tables: IndexTables }> {
  const { disk, signal, limits = CUT_LIMITS, onProgress } = options;
  const builder = new IndexBuilder();
  const hash = createHash('sha256');
  const sealed = new NewFile(disk, paths.sealedPart);
  try {
    let number = 0;
    let plainOffset = 0;
    for (const block of cutBlocks(plain, plain.stat.bytes, limits)) {
      const description = builder.describe(block);
      const member = encodeMember(block, { ...description, number });
      const place = { number, offset: sealed.bytes, plainOffset };
      builder.add(description, place, { member, plainBytes: block.length });
      sealed.append(member);
      hash.update(block);
      number++;
      plainOffset += block.length;
      onProgress?.(plainOffset);
      await nextTurn();
      signal?.throwIfAborted();
    }
    await sealed.sync();
    const tables = builder.finish();
    const sums = { storedBytes: sealed.bytes, plainBytes: plainOffset, plainSha256: hash.digest() };
    return { header: headerOf(tables, sums), tables };
  } finally {
    sealed.close();
  }
}

/** @throws SealMismatchError when the parts do not read back as the plain file. */
async function compareParts(
  options: SealOptions,
  { sealedPart, indexPart }: SegmentPaths,
  plain: OpenedFile,
): Promise<void> {
  const parts = { sealed: sealedPart, index: indexPart };
  const compared = await comparePlain(plain, parts, progressFrom(options, plain.stat.bytes));
  if (compared.kind === 'differs') throw new SealMismatchError(plain.path, compared.what);
}

function progressFrom(
  { signal, onProgress }: SealOptions,
  doneBytes: number,
): { signal?: AbortSignal; onProgress: (plainBytes: number) => void } {
  return {
    ...(signal === undefined ? {} : { signal }),
    onProgress: (plainBytes) => onProgress?.(doneBytes + plainBytes),
  };
}

async function removePlain({ disk, directory }: SealOptions, paths: SegmentPaths): Promise<void> {
  // The names of an earlier call may not be certain yet.
  await syncDirectory(disk, dirname(paths.index));
  await syncDirectory(disk, directory);
  disk.unlink(paths.plain);
  await syncDirectory(disk, directory);
  removeParts({ disk }, paths);
}

function removeParts({ disk }: Pick<SealOptions, 'disk'>, paths: SegmentPaths): void {
  unlinkIfThere(disk, paths.sealedPart);
  unlinkIfThere(disk, paths.indexPart);
}
