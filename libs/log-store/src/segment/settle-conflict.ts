/**
 * A plain file and a `.gz` of one name that are not alike: which of them is believed.
 *
 * A rotated file never changes, and the `.gz` took its name only after it was compared with it: so a
 * `.gz` that its index proves is right, whatever stands beside it (a broken-off `zcat`, bit rot, a
 * file somebody put there). Nothing is deleted here: what is not believed goes to quarantine.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Disk } from '../disk/disk.ts';
import { type OpenedFile, openToRead, readBytes } from '../disk/disk-io.ts';
import { sparingDisk } from '../disk/sparing-disk.ts';
import { systemCode } from '../errors.ts';
import { quarantineFile } from '../write/quarantine.ts';
import { CUT_LIMITS, type CutLimits, cutBlocks } from './cut-blocks.ts';
import { inflateMember } from './gzip-member.ts';
import { leafHash } from './merkle.ts';
import { isComplete, readIndex, type SoundIndex } from './read-index.ts';
import { rebuildIndex } from './rebuild-index.ts';
import { repairSegment } from './repair-segment.ts';
import type { SealFacts, SignSeal } from './seal-facts.ts';
import { SegmentConflictError } from './segment-errors.ts';
import { factsOf } from './segment-index.ts';
import type { SegmentName } from './segment-name.ts';
import type { SegmentPaths } from './segment-paths.ts';
import { walkMembers } from './walk-members.ts';

/** Which of two files of one name was kept, and where the other lies. */
export interface SealConflict {
  readonly kept: 'sealed' | 'plain';
  readonly movedTo: string;
  /** Blocks of the sealed file that the plain one put right. */
  readonly repaired: readonly number[];
}

export interface ConflictOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly name: SegmentName;
  readonly sign: SignSeal;
  /** Where the quarantine is; without it nothing is settled that something could be lost by. */
  readonly quarantine?: { readonly root: string; readonly steps: readonly string[] };
  readonly onConflict?: (conflict: SealConflict) => void;
  readonly signal?: AbortSignal;
  readonly limits?: CutLimits;
}

/**
 * @returns the facts of the sealed file when it stands and the plain one was moved away; `undefined`
 * when the plain file has all there is and may be sealed anew.
 * @throws SegmentConflictError without a quarantine, the signal's reason, the system's errors.
 */
export async function settleConflict(
  options: ConflictOptions,
  paths: SegmentPaths,
  plain: OpenedFile,
): Promise<SealFacts | undefined> {
  const proof = proofIn(options.disk, paths);
  if (proof !== undefined && (await isWhole(options, paths, proof))) {
    return standBySealed(options, plain, { proof, repaired: [] });
  }
  const text = await describePlain(options, plain);
  // The index was made from this very text: nothing is lost by doing it again.
  if (proof?.header.plainSha256.equals(text.sha256)) return undefined;
  if (proof === undefined && (await isCovered(options, paths, text.blocks))) {
    await moveSealedAway(options, paths);
    return undefined;
  }
  const room = roomOf(options, plain);
  const { repaired } = await repairSegment({ ...options, ...room, copies: [plain.path] });
  return standBySealed(options, plain, { proof, repaired });
}

/** An index that knows every block; one made again from a damaged file does not. */
function proofIn(disk: Disk, { index }: SegmentPaths): SoundIndex | undefined {
  const read = readIndex(disk, index);
  return read.kind === 'sound' && isComplete(read) ? read : undefined;
}

async function isWhole(
  { disk, signal }: ConflictOptions,
  { sealed }: SegmentPaths,
  { header, tables }: SoundIndex,
): Promise<boolean> {
  const file = openToRead(disk, sealed);
  if (file === undefined) return false;
  try {
    if (file.stat.bytes !== header.storedBytes) return false;
    for (const { offset, storedBytes, leaf } of tables.blocks.rows()) {
      const member = readBytes(file, offset, storedBytes);
      if (!leafHash(member).equals(leaf) || inflateMember(member) === undefined) return false;
      await nextTurn();
      signal?.throwIfAborted();
    }
    return true;
  } catch (error) {
    if (systemCode(error) === 'EIO') return false;
    throw error;
  } finally {
    disk.close(file.fd);
  }
}

interface PlainText {
  readonly sha256: Buffer;
  /** SHA-256 of each block it is cut into. */
  readonly blocks: ReadonlySet<string>;
}

async function describePlain(
  { limits = CUT_LIMITS, signal }: ConflictOptions,
  plain: OpenedFile,
): Promise<PlainText> {
  const whole = createHash('sha256');
  const blocks = new Set<string>();
  for (const block of cutBlocks(plain, plain.stat.bytes, limits)) {
    whole.update(block);
    blocks.add(hashOf(block));
    await nextTurn();
    signal?.throwIfAborted();
  }
  return { sha256: whole.digest(), blocks };
}

/**
 * True when everything that can be read of the sealed file stands in the plain one too. What cannot be
 * read is lost with neither answer: the file is moved, not copied and written over.
 */
async function isCovered(
  { disk, signal }: ConflictOptions,
  { sealed }: SegmentPaths,
  blocks: ReadonlySet<string>,
): Promise<boolean> {
  const file = openToRead(sparingDisk(disk), sealed);
  if (file === undefined) return true;
  try {
    for (const stretch of walkMembers(file, file.stat.bytes)) {
      if (stretch.kind === 'gap') continue;
      const text = inflateMember(readBytes(file, stretch.offset, stretch.header.storedBytes));
      if (text !== undefined && !blocks.has(hashOf(text))) return false;
      await nextTurn();
      signal?.throwIfAborted();
    }
    return true;
  } finally {
    disk.close(file.fd);
  }
}

function hashOf(block: Buffer): string {
  return createHash('sha256').update(block).digest('base64');
}

/** The plain file stands, and readers take it, until it is sealed in the other's place. */
async function moveSealedAway(options: ConflictOptions, { sealed }: SegmentPaths): Promise<void> {
  const { disk, onConflict, quarantine } = options;
  if (quarantine === undefined || disk.lstat(sealed) === undefined) return;
  const place = { ...quarantine, file: basename(sealed), nowMs: Date.now() };
  const movedTo = await quarantineFile(disk, place);
  onConflict?.({ kept: 'plain', movedTo, repaired: [] });
}

async function standBySealed(
  options: ConflictOptions,
  plain: OpenedFile,
  { proof, repaired }: Pick<SealConflict, 'repaired'> & { readonly proof: SoundIndex | undefined },
): Promise<SealFacts> {
  const { disk, name, onConflict } = options;
  const { root, steps } = roomOf(options, plain);
  const facts = proof === undefined ? (await rebuildIndex(options)).facts : undefined;
  const file = basename(plain.path);
  const place = { root, steps, file, nowMs: Date.now(), ending: 'stray' } as const;
  const movedTo = await quarantineFile(disk, place);
  onConflict?.({ kept: 'sealed', movedTo, repaired });
  return facts ?? factsOf(name, (proof as SoundIndex).header);
}

function roomOf({ disk, quarantine }: ConflictOptions, { path }: OpenedFile) {
  if (quarantine === undefined) throw new SegmentConflictError(path);
  return { disk, ...quarantine };
}
