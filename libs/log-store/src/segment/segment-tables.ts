/** What a reader knows of a segment before it opens a block. */
import type { Disk } from '../disk/disk.ts';
import { type OpenedFile, openToRead, readBytes } from '../disk/disk-io.ts';
import { isUnreadable } from '../errors.ts';
import { BLOCK_FLAGS, BlockTable, encodeBlockRow } from './block-table.ts';
import { decodeIndexHeader, INDEX_HEADER_BYTES, type IndexHeader } from './index-header.ts';
import { HASH_BYTES } from './merkle.ts';
import { MinuteTable } from './minute-table.ts';
import { layoutOf, sha256 } from './segment-index.ts';
import { membersInOrder } from './walk-members.ts';

export interface SegmentTables {
  /** Absent when there is no sound index: then only sizes, lines and seqs are known. */
  readonly index?: IndexSections;
  readonly blocks: BlockTable;
  /** Places where blocks must have been that neither index nor headers know (any more). */
  readonly holes: number;
  /** Bytes in memory. */
  readonly bytes: number;
}

export interface IndexSections {
  readonly header: IndexHeader;
  readonly minutes: MinuteTable;
  readonly gramChecks: Buffer;
  readonly gramMapAt: number;
  readonly gramMapBytes: number;
  /** True when some entry's timestamp is no moment: the minute table does not know it. */
  readonly isTimeless: boolean;
}

/** Reads the index without its gram map; `undefined` when it is damaged. */
export function readTables(file: OpenedFile): SegmentTables | undefined {
  const header = decodeIndexHeader(readBytes(file, 0, INDEX_HEADER_BYTES));
  if (header === undefined) return undefined;
  const layout = layoutOf(header);
  if (layout.bytes !== file.stat.bytes) return undefined;
  const { minutesAt, gramChecksAt, gramChecksBytes, gramMapAt, gramMapBytes } = layout;
  const bytes = readBytes(file, INDEX_HEADER_BYTES, gramMapAt - INDEX_HEADER_BYTES);
  if (!sha256(bytes).equals(header.tablesSha256)) return undefined;
  const section = (from: number, to: number) =>
    bytes.subarray(from - INDEX_HEADER_BYTES, to - INDEX_HEADER_BYTES);
  const blocks = new BlockTable(section(layout.blocksAt, minutesAt));
  const index: IndexSections = {
    header,
    minutes: new MinuteTable(section(minutesAt, gramChecksAt)),
    gramChecks: section(gramChecksAt, gramChecksAt + gramChecksBytes),
    gramMapAt,
    gramMapBytes,
    isTimeless: hasTimeless(blocks),
  };
  return {
    index,
    blocks,
    holes: holesIn(blocks, header),
    bytes: INDEX_HEADER_BYTES + bytes.length,
  };
}

function hasTimeless(blocks: BlockTable): boolean {
  for (let block = 0; block < blocks.length; block++) {
    if ((blocks.flags(block) & BLOCK_FLAGS.timeless) !== 0) return true;
  }
  return false;
}

/** An index that was made again from a damaged segment has rows for its sound blocks only. */
function holesIn(blocks: BlockTable, { storedBytes }: IndexHeader): number {
  let holes = 0;
  let end = 0;
  for (let block = 0; block < blocks.length; block++) {
    if (blocks.offset(block) > end) holes++;
    end = blocks.offset(block) + blocks.storedBytes(block);
  }
  return end < storedBytes ? holes + 1 : holes;
}

const NO_COUNTS = [0, 0, 0, 0, 0];

/** What the members' headers say: enough to read the segment, not to rule blocks out. */
export function tablesOfMembers(sealed: OpenedFile): SegmentTables {
  const rows: Buffer[] = [];
  let plainOffset = 0;
  let holes = 0;
  for (const stretch of membersInOrder(sealed, sealed.stat.bytes)) {
    if (stretch.kind === 'gap') {
      holes++;
      continue;
    }
    const { offset, header } = stretch;
    rows.push(
      encodeBlockRow({
        ...header,
        offset,
        plainOffset,
        damaged: 0,
        firstMs: 0,
        lastMs: 0,
        levels: NO_COUNTS,
        types: NO_COUNTS,
        flags: BLOCK_FLAGS.odd | BLOCK_FLAGS.unsearchable | BLOCK_FLAGS.timeless,
        leaf: Buffer.alloc(HASH_BYTES),
      }),
    );
    plainOffset += header.plainBytes;
  }
  const blocks = new BlockTable(Buffer.concat(rows));
  return { blocks, holes, bytes: blocks.bytes.length };
}

/** Opens what tells most about a segment: its index, else its own headers. */
export function loadTables(
  disk: Disk,
  paths: { readonly index: string; readonly sealed: string },
): SegmentTables | undefined {
  const index = openIndex(disk, paths.index);
  const tables = index && closing(index, readTables);
  if (tables !== undefined) return tables;
  const sealed = openToRead(disk, paths.sealed);
  return sealed && closing(sealed, tablesOfMembers);
}

/** A link in its place is as good as none: the segment tells of itself. */
function openIndex(disk: Disk, path: string): OpenedFile | undefined {
  try {
    return openToRead(disk, path);
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

function closing<T>(file: OpenedFile, read: (file: OpenedFile) => T): T {
  try {
    return read(file);
  } finally {
    file.disk.close(file.fd);
  }
}
