/** Makes an index again from its sealed file; of a damaged one, from the blocks that are sound. */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Disk } from '../disk/disk.ts';
import { type OpenedFile, openToRead, readBytes } from '../disk/disk-io.ts';
import { makeIndexDirectory, NewFile, syncDirectory } from './durable-file.ts';
import { inflateMember } from './gzip-member.ts';
import { IndexBuilder } from './index-builder.ts';
import type { IndexHeader } from './index-header.ts';
import { HASH_BYTES } from './merkle.ts';
import { isComplete, readIndex } from './read-index.ts';
import type { SealFacts, SignSeal } from './seal-facts.ts';
import { SegmentMissingError } from './segment-errors.ts';
import { encodeIndex, factsOf, headerOf, type IndexTables } from './segment-index.ts';
import type { SegmentName } from './segment-name.ts';
import { segmentPaths } from './segment-paths.ts';
import { membersInOrder } from './walk-members.ts';

export interface RebuildOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly name: SegmentName;
  /** Absent: the index has an empty seal. Not asked when blocks are missing: nothing was sealed so. */
  readonly sign?: SignSeal;
  readonly signal?: AbortSignal;
  /** Stored bytes read. */
  readonly onProgress?: (storedBytes: number) => void;
}

/** A stretch of a sealed file from which no block could be read. */
export interface DamagedStretch {
  readonly offset: number;
  readonly bytes: number;
  /** The blocks that must have been there, as far as their neighbours tell. */
  readonly blocks: readonly number[];
}

export interface RebuiltIndex {
  readonly facts: SealFacts;
  readonly damaged: readonly DamagedStretch[];
}

/**
 * A sound index of a damaged segment stays as it is: it has the leaf hashes of the bad blocks.
 * @throws SegmentMissingError, UnsafePathError, the signal's reason, the system's errors.
 */
export async function rebuildIndex(options: RebuildOptions): Promise<RebuiltIndex> {
  const { disk, directory, name, sign } = options;
  const paths = segmentPaths(directory, name);
  const sealed = openToRead(disk, paths.sealed);
  if (sealed === undefined) throw new SegmentMissingError(paths.sealed);
  try {
    const { header, tables, damaged } = await gatherBlocks(sealed, options);
    const known = readIndex(disk, paths.index);
    // What proves the damaged blocks, and could prove a copy of them, must not be lost.
    if (damaged.length > 0 && known.kind === 'sound' && isComplete(known)) {
      return { facts: factsOf(name, known.header), damaged };
    }
    const facts = factsOf(name, header);
    const seal = damaged.length === 0 && sign !== undefined ? await sign(facts) : Buffer.alloc(0);
    await makeIndexDirectory(disk, directory);
    await writeIndex(disk, paths, encodeIndex(header, tables, seal));
    return { facts, damaged };
  } finally {
    disk.close(sealed.fd);
  }
}

async function writeIndex(
  disk: Disk,
  { index, indexPart }: { readonly index: string; readonly indexPart: string },
  bytes: Buffer,
): Promise<void> {
  const file = new NewFile(disk, indexPart);
  try {
    file.append(bytes);
    await file.sync();
  } finally {
    file.close();
  }
  disk.rename(indexPart, index);
  await syncDirectory(disk, dirname(index));
}

export interface GatheredBlocks {
  readonly header: IndexHeader;
  readonly tables: IndexTables;
  readonly damaged: readonly DamagedStretch[];
}

/** Reads the whole file; every block is unpacked and described anew. */
export async function gatherBlocks(
  sealed: OpenedFile,
  { signal, onProgress }: Pick<RebuildOptions, 'signal' | 'onProgress'> = {},
): Promise<GatheredBlocks> {
  const gathering = new Gathering(sealed);
  for (const stretch of membersInOrder(sealed, sealed.stat.bytes)) {
    if (stretch.kind === 'gap') gathering.skip(stretch.offset, stretch.bytes);
    else gathering.take(stretch.offset, stretch.header);
    onProgress?.(stretch.offset);
    await nextTurn();
    signal?.throwIfAborted();
  }
  return gathering.finish();
}

class Gathering {
  readonly #sealed: OpenedFile;
  readonly #builder = new IndexBuilder();
  readonly #hash = createHash('sha256');
  readonly #damaged: { offset: number; bytes: number; blocks: number[] }[] = [];
  #number = 0;
  #plainOffset = 0;

  constructor(sealed: OpenedFile) {
    this.#sealed = sealed;
  }

  take(offset: number, header: { number: number; storedBytes: number; plainBytes: number }): void {
    const { number, storedBytes, plainBytes } = header;
    const member = readBytes(this.#sealed, offset, storedBytes);
    const plain = inflateMember(member);
    if (plain === undefined) {
      this.skip(offset, storedBytes);
      return;
    }
    this.#nameMissing(number, offset);
    const place = { number, offset, plainOffset: this.#plainOffset };
    this.#builder.add(this.#builder.describe(plain), place, { member, plainBytes });
    this.#hash.update(plain);
    this.#plainOffset += plainBytes;
    this.#number = number + 1;
  }

  skip(offset: number, bytes: number): void {
    const last = this.#damaged.at(-1);
    if (last !== undefined && last.offset + last.bytes === offset) last.bytes += bytes;
    else this.#damaged.push({ offset, bytes, blocks: [] });
  }

  finish(): GatheredBlocks {
    const sums = {
      storedBytes: this.#sealed.stat.bytes,
      plainBytes: this.#plainOffset,
      plainSha256: this.#damaged.length === 0 ? this.#hash.digest() : Buffer.alloc(HASH_BYTES),
    };
    const tables = this.#builder.finish();
    const last = this.#damaged.at(-1);
    const isCutOff = last !== undefined && last.offset + last.bytes === sums.storedBytes;
    // How many blocks stood at the end nothing tells; one at least.
    if (isCutOff && last.blocks.length === 0) last.blocks.push(this.#number);
    return { header: headerOf(tables, sums), tables, damaged: this.#damaged };
  }

  /** The blocks between the last sound one and this belong to the damage in between. */
  #nameMissing(number: number, offset: number): void {
    if (number === this.#number) return;
    const last = this.#damaged.at(-1);
    const isBefore = last !== undefined && last.offset + last.bytes === offset;
    if (!isBefore) this.#damaged.push({ offset, bytes: 0, blocks: [] });
    const blocks = this.#damaged.at(-1)?.blocks;
    for (let missing = this.#number; missing < number; missing++) blocks?.push(missing);
  }
}
