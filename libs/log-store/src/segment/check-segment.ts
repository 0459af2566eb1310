/** Reads a whole segment and names what is wrong with it. Changes nothing. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Disk } from '../disk.ts';
import type { BlockRow } from './block-table.ts';
import { readBytes, readExactly } from './durable-file.ts';
import { inflateMember } from './gzip-member.ts';
import { longestRise } from './longest-rise.ts';
import { leafHash } from './merkle.ts';
import { type OpenSegment, openSegment } from './open-segment.ts';
import { readIndex } from './read-index.ts';
import { gatherBlocks } from './rebuild-index.ts';
import type { SealFacts } from './seal-facts.ts';
import type { IndexDamage } from './segment-index.ts';
import type { SegmentName } from './segment-name.ts';
import { segmentPaths } from './segment-paths.ts';
import { walkMembers } from './walk-members.ts';

export type SegmentFinding =
  /** The sealed file is not there, though its index is, or neither is. */
  | { readonly kind: 'segment-missing' }
  /** Nothing is lost but the seal: the index can be rebuilt. */
  | { readonly kind: 'index-missing' }
  | { readonly kind: 'index-damaged'; readonly sections: readonly IndexDamage[] }
  /** The index is sound in itself but does not describe these blocks; found by a deep check only. */
  | { readonly kind: 'index-differs' }
  /** The bytes of the block are not those that were sealed, or cannot be unpacked. */
  | {
      readonly kind: 'block-damaged';
      readonly block: number;
      readonly offset: number;
      readonly bytes: number;
    }
  /** The block is whole but stands at another place than its own. */
  | { readonly kind: 'block-moved'; readonly block: number; readonly offset: number }
  /** A whole block that the seal does not know, or a second copy of one. */
  | { readonly kind: 'block-foreign'; readonly offset: number; readonly bytes: number }
  /** Nothing of the block is there. */
  | { readonly kind: 'block-missing'; readonly block: number }
  /** Bytes that belong to no block. */
  | { readonly kind: 'bytes-foreign'; readonly offset: number; readonly bytes: number };

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
  const bad: BlockRow[] = [];
  let expected = 0;
  let toldBytes = 0;
  // One buffer for all blocks: new memory for each costs as much as hashing it.
  const longest = segment.rows.reduce((most, { storedBytes }) => Math.max(most, storedBytes), 0);
  const buffer = Buffer.allocUnsafeSlow(Math.min(longest, segment.file.stat.bytes));
  for (const row of segment.rows) {
    const member = readExactly(segment.file, buffer.subarray(0, row.storedBytes), row.offset);
    const isNext = row.offset === expected && member.length === row.storedBytes;
    if (!isNext || !leafHash(member).equals(row.leaf)) bad.push(row);
    expected = row.offset + row.storedBytes;
    if (expected - toldBytes < TURN_BYTES) continue;
    toldBytes = expected;
    options.onProgress?.(expected);
    await nextTurn();
    options.signal?.throwIfAborted();
  }
  const isWhole = bad.length === 0 && expected === segment.file.stat.bytes;
  if (!isWhole) return nameByContent(segment);
  return options.deep === true && !(await isDescribed(segment, options))
    ? [{ kind: 'index-differs' }]
    : [];
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

/** A whole member and the row whose leaf hash it has. */
interface FoundMember {
  readonly offset: number;
  readonly bytes: number;
  readonly place: number | undefined;
}

/**
 * Tells moved, doubled and foreign blocks from damaged ones by what the members are, wherever they
 * stand. Of those found, as many as can keep their order are taken to stand where they belong.
 */
function nameByContent(segment: OpenSegment): SegmentFinding[] {
  const { rows, file } = segment;
  const places = new Map(rows.map(({ leaf }, place) => [leaf.toString('latin1'), place]));
  const members: FoundMember[] = [];
  const gaps: { offset: number; bytes: number }[] = [];
  for (const stretch of walkMembers(file, file.stat.bytes)) {
    if (stretch.kind === 'gap') {
      gaps.push(stretch);
      continue;
    }
    const { offset, header } = stretch;
    const bytes = header.storedBytes;
    const leaf = leafHash(readBytes(file, offset, bytes)).toString('latin1');
    members.push({ offset, bytes, place: places.get(leaf) });
  }
  const known = firstOfEach(members);
  const inOrder = longestRise(known.map(({ place }) => place));
  const findings: SegmentFinding[] = [];
  for (const [at, { place, offset }] of known.entries()) {
    const block = rows[place]?.number ?? place;
    if (!inOrder.has(at)) findings.push({ kind: 'block-moved', block, offset });
  }
  const found = new Set(known.map(({ place }) => place));
  const stray = [
    ...members.filter((member) => !known.some(({ offset }) => offset === member.offset)),
    ...gaps.map(({ offset, bytes }) => ({ offset, bytes, place: undefined, isGap: true })),
  ];
  return [...findings, ...nameStray(segment, found, stray)].sort(byPlace);
}

type KnownMember = FoundMember & { readonly place: number };

function firstOfEach(members: readonly FoundMember[]): KnownMember[] {
  const seen = new Set<number>();
  const known: KnownMember[] = [];
  for (const member of members) {
    const { place } = member;
    if (place === undefined || seen.has(place)) continue;
    seen.add(place);
    known.push({ ...member, place });
  }
  return known;
}

/** Rows that were found nowhere, and stretches that are no known block: matched by their places. */
function nameStray(
  { rows }: OpenSegment,
  found: ReadonlySet<number>,
  stray: readonly (FoundMember & { isGap?: boolean })[],
): SegmentFinding[] {
  const findings: SegmentFinding[] = [];
  const left = stray.toSorted((one, other) => one.offset - other.offset);
  for (const [place, { number: block, offset, storedBytes }] of rows.entries()) {
    if (found.has(place)) continue;
    const at = left.findIndex(
      (stretch) => stretch.offset < offset + storedBytes && stretch.offset + stretch.bytes > offset,
    );
    const stretch = left[at];
    if (stretch === undefined) {
      findings.push({ kind: 'block-missing', block });
      continue;
    }
    findings.push({ kind: 'block-damaged', block, offset: stretch.offset, bytes: stretch.bytes });
    // A stretch may hold several blocks; it is used up when none can begin behind this one.
    if (stretch.offset + stretch.bytes <= offset + storedBytes) left.splice(at, 1);
  }
  const damagedAt = new Set(
    findings.flatMap((finding) => (finding.kind === 'block-damaged' ? [finding.offset] : [])),
  );
  for (const { offset, bytes, isGap } of left) {
    if (damagedAt.has(offset)) continue;
    findings.push({ kind: isGap === true ? 'bytes-foreign' : 'block-foreign', offset, bytes });
  }
  return findings;
}

function byPlace(left: SegmentFinding, right: SegmentFinding): number {
  return orderOf(left) - orderOf(right);
}

function orderOf(finding: SegmentFinding): number {
  return 'offset' in finding ? finding.offset : Number.MAX_SAFE_INTEGER;
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
  let expected = 0;
  for (const stretch of walkMembers(file, file.stat.bytes)) {
    if (stretch.kind === 'gap') {
      findings.push({ kind: 'bytes-foreign', offset: stretch.offset, bytes: stretch.bytes });
      continue;
    }
    const { offset, header } = stretch;
    const { number: block, storedBytes: bytes } = header;
    if (block < expected) {
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
