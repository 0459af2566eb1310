/** The sealed files of one directory against the seals that were signed. */
import { join } from 'node:path';
import {
  checkSegment,
  INDEX_DIRECTORY,
  indexFileOf,
  type ListedSegment,
  listSegments,
  plainFileOf,
  type SegmentCheck,
  sealedFileOf,
} from '@mcplog/log-store/check';
import { hashPrefixes } from '../plain-prefix.ts';
import { type SignedSeal, SignedSeal as SignedSealSchema } from '../seal.ts';
import { saysSame, sealContent } from '../seal-content.ts';
import { parseStatement } from '../statement.ts';
import { blockFindings } from './block-findings.ts';
import type { DirectoryPlace } from './check-manifests.ts';
import type { ExpectedSeals } from './expected-seals.ts';
import type { Finding, FindingKind } from './finding.ts';
import { type SegmentScan, scanSegment } from './segment-scan.ts';

export interface SegmentsPlace extends DirectoryPlace {
  readonly expected: ExpectedSeals;
  /** True when not every seal is known: then a segment's own seal must do. */
  readonly isIncomplete: boolean;
  /** True when the index directory is gone, which is said once. */
  readonly isLost: boolean;
  readonly isDeep: boolean;
  readonly signal?: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

export async function checkSegments(place: SegmentsPlace): Promise<Finding[]> {
  return await new SegmentsCheck(place).run();
}

class SegmentsCheck {
  readonly #place: SegmentsPlace;
  readonly #findings: Finding[] = [];
  /** Files whose content was found under another name. */
  readonly #foundElsewhere = new Set<string>();

  constructor(place: SegmentsPlace) {
    this.#place = place;
  }

  async run(): Promise<Finding[]> {
    const { disk, logs, directory, expected } = this.#place;
    const listed = listSegments(disk, join(logs, directory));
    const there = new Set<string>();
    for (const segment of listed) {
      const file = plainFileOf(segment.name);
      if (segment.hasPlain || segment.hasSealed) there.add(file);
      // With the plain file there, sealing is not finished: readers take that one.
      if (segment.hasPlain && this.#isPlainTrue(segment)) continue;
      if (segment.hasSealed) await this.#checkSealed(segment);
      else if (!expected.has(file)) await this.#checkIndexAlone(segment);
    }
    for (const seal of expected.newest()) {
      const { file, firstSeq, lastSeq, log } = seal.body;
      if (there.has(file) || this.#foundElsewhere.has(file)) continue;
      if (expected.isDeleted(seal)) {
        this.#place.counts.deletions++;
        continue;
      }
      const message = `missing: segment ${seal.body.ordinal} of ${log}, ${seal.body.lines} lines`;
      this.#findings.push({
        kind: 'segment-missing',
        file: `${directory}/${file}.gz`,
        firstSeq,
        lastSeq,
        message,
      });
    }
    return this.#findings;
  }

  /** A plain file of which a seal speaks must be what was sealed: it hides the sealed one. */
  #isPlainTrue(segment: ListedSegment): boolean {
    const { disk, logs, directory, expected } = this.#place;
    const file = plainFileOf(segment.name);
    const seals = expected.standing(file);
    const [seal] = seals;
    if (seal === undefined) return true;
    const path = join(logs, directory, file);
    const bytes = disk.lstat(path)?.bytes ?? 0;
    const sha256 = hashPrefixes(disk, path, [bytes]).get(bytes);
    if (seals.some(({ body }) => body.plainSha256 === sha256)) return true;
    const message = 'stands before the sealed file of its name and says something else';
    this.#report('file-changed', { file: `${directory}/${file}`, seal }, message);
    return false;
  }

  async #checkSealed(segment: ListedSegment): Promise<void> {
    const { disk, logs, directory, counts, signal, onBytes, isDeep } = this.#place;
    const before = counts.storedBytes;
    const check = await checkSegment({
      disk,
      directory: join(logs, directory),
      name: segment.name,
      deep: isDeep,
      onProgress: (bytes) => onBytes(before + bytes),
      ...(signal === undefined ? {} : { signal }),
    });
    counts.segments++;
    counts.blocks += check.soundBlocks;
    counts.storedBytes += check.storedBytes;
    const seal = this.#place.expected.get(plainFileOf(segment.name));
    if (seal !== undefined) await this.#checkExpected(segment, check, seal);
    else await this.#checkUnexpected(segment, check);
  }

  async #checkExpected(segment: ListedSegment, check: SegmentCheck, seal: SignedSeal) {
    const { directory, expected, counts } = this.#place;
    counts.seals++;
    const file = `${directory}/${sealedFileOf(segment.name)}`;
    const isIndexTrue =
      check.facts !== undefined && saysSame(seal, sealContent(directory, check.facts));
    const blocks = isIndexTrue ? blockFindings(file, check, this.#rowsOf(segment)) : [];
    // One thing is wrong when a whole file was exchanged, not each of its blocks.
    if (!isIndexTrue || (blocks.length > 0 && check.soundBlocks === 0)) {
      const scan = await this.#scan(segment);
      const isIntact = scan.root === seal.body.root && scan.strayBytes === 0;
      const other = isIntact ? undefined : expected.withRoot(scan.root);
      if (other !== undefined) return this.#misplaced(segment, other);
      if (!isIndexTrue) return this.#checkWithoutIndex(segment, check, { seal, scan, isIntact });
    }
    this.#findings.push(...blocks);
    const own = this.#ownSeal(check);
    if (own === undefined || !expected.knows(own)) {
      this.#reportIndex(segment, check, 'carries another seal than the one that was signed');
    }
    this.#checkOrigin(file, seal);
    const earlier = expected.contradicted(seal);
    if (earlier !== undefined) {
      const message = `was sealed again with other content than on ${earlier.body.at}`;
      this.#report('segment-replaced', { file, seal }, message);
    }
  }

  #checkWithoutIndex(
    segment: ListedSegment,
    check: SegmentCheck,
    found: { readonly seal: SignedSeal; readonly scan: SegmentScan; readonly isIntact: boolean },
  ): void {
    const { seal, scan, isIntact } = found;
    const file = `${this.#place.directory}/${sealedFileOf(segment.name)}`;
    if (!isIntact) this.#findings.push(...scanFindings(file, scan, seal));
    // An index that was made to fit other bytes is part of the same thing.
    if (!isIntact && check.facts !== undefined) return;
    this.#reportIndex(segment, check, 'does not say what was sealed');
  }

  /** No manifest and no day-book speaks of this file. */
  async #checkUnexpected(segment: ListedSegment, check: SegmentCheck): Promise<void> {
    const { directory, expected, history, isIncomplete, counts } = this.#place;
    const file = `${directory}/${sealedFileOf(segment.name)}`;
    const own = this.#ownSeal(check);
    const scan = check.facts === undefined ? await this.#scan(segment) : undefined;
    const root = check.facts?.root.toString('hex') ?? scan?.root;
    const other = root === undefined ? undefined : expected.withRoot(root);
    if (other !== undefined) return this.#misplaced(segment, other);
    this.#findings.push(...blockFindings(file, check, this.#rowsOf(segment)));
    if (own === undefined) {
      if (!isIncomplete) {
        return this.#report('segment-unrecorded', { file }, 'nothing that was signed speaks of it');
      }
      if (check.facts === undefined) this.#reportIndex(segment, check, 'is no index');
      return;
    }
    if (own.body.directory !== directory || own.body.file !== plainFileOf(segment.name)) {
      const message = `was sealed as ${own.body.directory}/${own.body.file}.gz`;
      return this.#report('segment-misplaced', { file, seal: own }, message);
    }
    const verdict = history.ring.check(own);
    if (verdict === 'forged' || verdict === 'bad') {
      const words = 'is sealed by a key that was not in use at the time, or not as signed';
      return this.#report('segment-forged', { file, seal: own }, words);
    }
    if (verdict === 'unknown') {
      if (history.ring.isIncomplete(own.body.signer)) counts.uncheckedSignatures++;
      else this.#report('segment-forged', { file, seal: own }, 'is sealed by no key of ours');
      return;
    }
    counts.seals++;
    const isTrue = check.facts !== undefined && saysSame(own, sealContent(directory, check.facts));
    if (!isTrue)
      return this.#report('segment-replaced', { file, seal: own }, 'is not what its seal says');
    this.#checkOrigin(file, own);
    if (isIncomplete) return;
    this.#report(
      'segment-unrecorded',
      { file, seal: own },
      'its seal is in no manifest or day-book',
    );
  }

  /** What its seal says of the file that was sealed. */
  #checkOrigin(file: string, seal: SignedSeal): void {
    const { origin } = seal.body;
    if (origin === undefined) return;
    const message =
      origin === 'unrecorded'
        ? 'was sealed as it was found: the log-writer had signed nothing of it'
        : 'was sealed as it was found: the log-writer had signed other text';
    const kind = origin === 'unrecorded' ? 'segment-unrecorded' : 'segment-replaced';
    this.#report(kind, { file, seal }, message);
  }

  /** An index says that there was a segment. */
  async #checkIndexAlone(segment: ListedSegment): Promise<void> {
    const { disk, logs, directory, history, expected } = this.#place;
    const name = segment.name;
    const check = await checkSegment({ disk, directory: join(logs, directory), name });
    const own = this.#ownSeal(check);
    if (own === undefined || history.ring.check(own) !== 'good') {
      const file = `${directory}/${INDEX_DIRECTORY}/${indexFileOf(name)}`;
      const message = 'an index without a segment, and without a seal of ours';
      this.#findings.push({ kind: 'file-unknown', file, message });
      return;
    }
    if (own.body.directory === directory && !expected.isDeleted(own)) {
      const file = `${directory}/${sealedFileOf(name)}`;
      this.#report('segment-missing', { file, seal: own }, 'missing: only its index is there');
    }
  }

  #misplaced(segment: ListedSegment, other: SignedSeal): void {
    const { directory } = this.#place;
    this.#foundElsewhere.add(other.body.file);
    const file = `${directory}/${sealedFileOf(segment.name)}`;
    this.#report(
      'segment-misplaced',
      { file, seal: other },
      `holds what was sealed as ${other.body.file}.gz`,
    );
  }

  #reportIndex(segment: ListedSegment, check: SegmentCheck, words: string): void {
    if (this.#place.isLost) return;
    const file = `${this.#place.directory}/${INDEX_DIRECTORY}/${indexFileOf(segment.name)}`;
    for (const finding of check.findings) {
      if (finding.kind === 'index-missing') {
        const message = 'missing; it can be rebuilt from the segment';
        this.#findings.push({ kind: 'index-missing', file, message });
        return;
      }
      if (finding.kind === 'index-damaged') {
        const message = `damaged: ${finding.sections.join(', ')}; it can be rebuilt`;
        this.#findings.push({ kind: 'index-damaged', file, message });
        return;
      }
    }
    this.#findings.push({ kind: 'index-damaged', file, message: words });
  }

  #ownSeal(check: SegmentCheck): SignedSeal | undefined {
    return parseStatement(SignedSealSchema, check.seal.toString());
  }

  #rowsOf(segment: ListedSegment) {
    const { disk, logs, directory } = this.#place;
    return { disk, directory: join(logs, directory), name: segment.name };
  }

  async #scan(segment: ListedSegment): Promise<SegmentScan> {
    const { disk, logs, directory, signal } = this.#place;
    return await scanSegment(disk, join(logs, directory, sealedFileOf(segment.name)), signal);
  }

  #report(
    kind: FindingKind,
    where: { readonly file: string; readonly seal?: SignedSeal },
    message: string,
  ): void {
    const { file, seal } = where;
    const range =
      seal === undefined ? {} : { firstSeq: seal.body.firstSeq, lastSeq: seal.body.lastSeq };
    this.#findings.push({ kind, file, ...range, message });
  }
}

/** Without a true index a block can only be named when it does not unpack. */
function scanFindings(file: string, scan: SegmentScan, { body }: SignedSeal): Finding[] {
  const findings: Finding[] = scan.blocks
    .filter(({ isReadable }) => !isReadable)
    .map(({ number, firstSeq, lastSeq }) => {
      const message = `block ${number} cannot be unpacked`;
      return { kind: 'block-damaged', file, block: number, firstSeq, lastSeq, message };
    });
  if (findings.length > 0 && scan.strayBytes === 0) return findings;
  const { firstSeq, lastSeq } = body;
  const known = new Set(scan.blocks.map(({ number }) => number));
  for (let block = 0; block < body.blocks; block++) {
    if (known.has(block)) continue;
    const message = `block ${block} of ${body.blocks} is not there`;
    findings.push({ kind: 'block-missing', file, block, firstSeq, lastSeq, message });
  }
  if (findings.length > 0) return findings;
  const message = 'holds other bytes than were sealed';
  return [{ kind: 'segment-replaced', file, firstSeq, lastSeq, message }];
}
