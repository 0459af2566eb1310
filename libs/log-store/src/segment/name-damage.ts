/**
 * Tells damaged, moved, doubled and foreign blocks apart, in a segment whose bytes are not those that
 * its index describes: by what its members are, wherever they stand.
 */

import { type OpenedFile, readBytes } from '../disk/disk-io.ts';
import type { BlockRow } from './block-table.ts';
import { longestRise } from './longest-rise.ts';
import { leafHash } from './merkle.ts';
import type { SegmentFinding } from './segment-finding.ts';
import { walkMembers } from './walk-members.ts';

/** A whole member, or bytes that are none. */
interface FoundStretch {
  readonly kind: 'member' | 'gap';
  readonly offset: number;
  readonly bytes: number;
  /** The row whose leaf hash it has. */
  readonly place: number | undefined;
}

/** A block that should be there, and where. */
interface WantedBlock {
  readonly block: number;
  readonly offset: number;
  readonly end: number;
}

/** What the index of a segment says. */
export interface SealedBlocks {
  readonly rows: readonly BlockRow[];
  /** Of the segment when the index was made. */
  readonly storedBytes: number;
}

/** @returns findings in the order of the file, blocks of which nothing is there last. */
export function nameByContent(
  file: OpenedFile,
  { rows, storedBytes }: SealedBlocks,
): SegmentFinding[] {
  const stretches = stretchesOf(file, rows);
  const known = firstOfEach(stretches);
  const found = new Set(known.map(({ place }) => place));
  const lost = rows.filter((_, place) => !found.has(place)).map(wantedOf);
  const stray = stretches.filter((stretch) => !known.some((one) => one === stretch));
  const wanted = [...lost, ...holesBetween(rows, storedBytes)];
  return [...nameMoved(known, rows), ...nameLost(wanted, stray)].sort(
    (left, right) => orderOf(left) - orderOf(right),
  );
}

function stretchesOf(file: OpenedFile, rows: readonly BlockRow[]): FoundStretch[] {
  const places = new Map(rows.map(({ leaf }, place) => [leaf.toString('latin1'), place]));
  return [...walkMembers(file, file.stat.bytes)].map((stretch) => {
    const { kind, offset } = stretch;
    if (kind === 'gap') return { kind, offset, bytes: stretch.bytes, place: undefined };
    const bytes = stretch.header.storedBytes;
    const leaf = leafHash(readBytes(file, offset, bytes)).toString('latin1');
    return { kind, offset, bytes, place: places.get(leaf) };
  });
}

type KnownStretch = FoundStretch & { readonly place: number };

function firstOfEach(stretches: readonly FoundStretch[]): KnownStretch[] {
  const seen = new Set<number>();
  return stretches.filter((stretch): stretch is KnownStretch => {
    const { place } = stretch;
    if (place === undefined || seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}

/** As many as can keep their order are taken to stand where they belong. */
function nameMoved(known: readonly KnownStretch[], rows: readonly BlockRow[]): SegmentFinding[] {
  const inOrder = longestRise(known.map(({ place }) => place));
  return known
    .filter((_, at) => !inOrder.has(at))
    .map(({ place, offset }) => {
      return { kind: 'block-moved', block: rows[place]?.number ?? place, offset };
    });
}

function wantedOf({ number: block, offset, storedBytes }: BlockRow): WantedBlock {
  return { block, offset, end: offset + storedBytes };
}

/** What an index that was made again from a damaged segment does not know: numbers left out. */
function holesBetween(rows: readonly BlockRow[], storedBytes: number): WantedBlock[] {
  const holes: WantedBlock[] = [];
  let number = 0;
  let offset = 0;
  for (const row of rows) {
    for (; number < row.number; number++) holes.push({ block: number, offset, end: row.offset });
    number = row.number + 1;
    offset = row.offset + row.storedBytes;
  }
  if (offset < storedBytes) holes.push({ block: number, offset, end: storedBytes });
  return holes;
}

/** Blocks that were found nowhere, and stretches that are no known block: matched by their places. */
function nameLost(
  wanted: readonly WantedBlock[],
  stray: readonly FoundStretch[],
): SegmentFinding[] {
  const findings: SegmentFinding[] = [];
  const left = new Set(stray);
  const used = new Set<FoundStretch>();
  for (const { block, offset, end } of wanted) {
    const stretch = [...left].find((one) => one.offset < end && one.offset + one.bytes > offset);
    if (stretch === undefined) {
      findings.push({ kind: 'block-missing', block });
      continue;
    }
    findings.push({ kind: 'block-damaged', block, offset: stretch.offset, bytes: stretch.bytes });
    used.add(stretch);
    // A stretch may hold several blocks; it is used up when none can begin behind this one.
    if (stretch.offset + stretch.bytes <= end) left.delete(stretch);
  }
  for (const stretch of stray) {
    const { offset, bytes } = stretch;
    const kind = stretch.kind === 'gap' ? 'bytes-foreign' : 'block-foreign';
    if (!used.has(stretch)) findings.push({ kind, offset, bytes });
  }
  return findings;
}

function orderOf(finding: SegmentFinding): number {
  return 'offset' in finding ? finding.offset : Number.MAX_SAFE_INTEGER;
}
