/** Reads a whole segment and names what is wrong with it. Changes nothing. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Disk } from '../disk/disk.ts';
import { readBytes } from '../disk/disk-io.ts';
import { inflateMember } from './gzip-member.ts';
import { nameByContent } from './name-damage.ts';
import { type OpenSegment, openSegment } from './open-segment.ts';
import { PieceReader } from './piece-reader.ts';
import { readIndex } from './read-index.ts';
import { gatherBlocks } from './rebuild-index.ts';
import type { SealFacts } from './seal-facts.ts';
import type { SegmentFinding } from './segment-finding.ts';
import type { SegmentName } from './segment-name.ts';
import { segmentPaths } from './segment-paths.ts';
import { membersInOrder, walkMembers } from './walk-members.ts';

export interface SegmentCheck {
  readonly name: SegmentName;
  readonly findings: readonly SegmentFinding[];
  /** Blocks that were read and found sound. */
  readonly soundBlocks: number;
  /** Bytes read of the sealed file. */
  readonly storedBytes: number;
  /** What the index says; absent without a sound one. */
  readonly facts?: SealFacts;
  /** What the signer gave at sealing; empty without a sound index. Whether it is right, the caller tells. */
  readonly seal: Buffer;
}

export interface CheckOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly name: SegmentName;
  /** Makes the index anew in memory and compares it: as slow as sealing. */
  readonly deep?: boolean;
  readonly signal?: AbortSignal;
  /** Stored bytes read. */
  readonly onProgress?: (storedBytes: number) => void;
}

/**
 * Damage is a finding, never an error.
 * @throws UnsafePathError for a link, the signal's reason, the system's errors such as EIO.
 */
export async function checkSegment(options: CheckOptions): Promise<SegmentCheck> {
  const { disk, directory, name } = options;
  const segment = openSegment(disk, directory, name);
  if (segment === undefined) return checkWithoutSegment(options);
  try {
    const findings =
      segment.index.kind === 'sound'
        ? await checkByIndex(segment, options)
        : await checkByHeaders(segment, options);
    const lost = findings.filter(({ kind }) => LOSSES.has(kind)).length;
    const blocks = segment.facts?.blocks ?? segment.rows.length;
    return {
      name,
      findings,
      soundBlocks: Math.max(0, blocks - lost),
      storedBytes: segment.file.stat.bytes,
      ...(segment.facts === undefined ? {} : { facts: segment.facts }),
      seal: segment.seal,
    };
  } finally {
    segment.close();
  }
}

/** Stored bytes between two turns of the event loop: about a millisecond. */
const TURN_BYTES = 1024 * 1024;

const LOSSES: ReadonlySet<SegmentFinding['kind']> = new Set(['block-damaged', 'block-missing']);

function checkWithoutSegment({ disk, directory, name }: CheckOptions): SegmentCheck {
  const findings = [{ kind: 'segment-missing' }] as const;
  const base = { name, findings, soundBlocks: 0, storedBytes: 0, seal: Buffer.alloc(0) };
  const index = readIndex(disk, segmentPaths(directory, name).index);
  if (index.kind !== 'sound') return base;
  return { ...base, seal: index.seal };
}

async function checkByIndex(
  segment: OpenSegment,
  options: CheckOptions,
): Promise<SegmentFinding[]> {
  const { isSound, expected } = await hashBlocks(segment, options);
  const isWhole = isSound && expected === segment.file.stat.bytes;
  if (!isWhole) {
    const { file, rows, facts } = segment;
    return nameByContent(file, { rows, storedBytes: facts?.storedBytes ?? expected });
  }
  return options.deep === true && !(await isDescribed(segment, options))
    ? [{ kind: 'index-differs' }]
    : [];
}

/** Whether every block is what its leaf says and follows the one before, and where the last ends. */
async function hashBlocks(
  { file, rows }: OpenSegment,
  { onProgress, signal }: CheckOptions,
): Promise<{ readonly isSound: boolean; readonly expected: number }> {
  const pieces = new PieceReader(file);
  let isSound = true;
  let expected = 0;
  let toldBytes = 0;
  try {
    for (const { offset, storedBytes, leaf } of rows) {
      const isNext = offset === expected;
      if (!isNext || !pieces.leafAt(offset, storedBytes)?.equals(leaf)) isSound = false;
      expected = offset + storedBytes;
      if (expected - toldBytes < TURN_BYTES) continue;
      toldBytes = expected;
      onProgress?.(expected);
      await nextTurn();
      signal?.throwIfAborted();
    }
  } finally {
    pieces.close();
  }
  return { isSound, expected };
}

async function isDescribed(segment: OpenSegment, options: CheckOptions): Promise<boolean> {
  const { header } = await gatherBlocks(segment.file, options);
  const { index } = segment;
  return (
    index.kind === 'sound' &&
    header.tablesSha256.equals(index.header.tablesSha256) &&
    header.gramsSha256.equals(index.header.gramsSha256) &&
    header.plainSha256.equals(index.header.plainSha256)
  );
}

/** Without a sound index the members' own checksums must do; a wrong block of a right shape passes. */
async function checkByHeaders(
  segment: OpenSegment,
  options: CheckOptions,
): Promise<SegmentFinding[]> {
  const { index, file } = segment;
  const findings: SegmentFinding[] =
    index.kind === 'damaged'
      ? [{ kind: 'index-damaged', sections: index.damage }]
      : [{ kind: 'index-missing' }];
  const inOrder = membersInOrder(file, file.stat.bytes);
  let expected = 0;
  for (const [at, stretch] of [...walkMembers(file, file.stat.bytes)].entries()) {
    if (stretch.kind === 'gap') {
      findings.push({ kind: 'bytes-foreign', offset: stretch.offset, bytes: stretch.bytes });
      continue;
    }
    const { offset, header } = stretch;
    const { number: block, storedBytes: bytes } = header;
    if (inOrder[at]?.kind === 'gap') {
      findings.push({ kind: 'block-moved', block, offset });
      continue;
    }
    for (; expected < block; expected++) findings.push({ kind: 'block-missing', block: expected });
    expected = block + 1;
    const isSound = inflateMember(readBytes(file, offset, bytes)) !== undefined;
    if (!isSound) findings.push({ kind: 'block-damaged', block, offset, bytes });
    options.onProgress?.(offset + bytes);
    await nextTurn();
    options.signal?.throwIfAborted();
  }
  return findings;
}
