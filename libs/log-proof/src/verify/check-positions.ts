/** Files that are not sealed against the last that was signed of them: they may only have grown. */
import { join } from 'node:path';
import { seqOfLine } from '@mcplog/log-entry';
import { listSegments, plainFileOf, sealedFileOf } from '@mcplog/log-store/check';
import { openOrdinaryFile, readBytes } from '@mcplog/log-store/disk';
import { isPlainLogFile } from '../file-state.ts';
import { activeName } from '../heads.ts';
import type { FileState } from '../manifest.ts';
import { hashPrefixes } from '../plain-prefix.ts';
import type { DirectoryPlace } from './check-manifests.ts';
import type { ExpectedSeals } from './expected-seals.ts';
import type { Finding } from './finding.ts';
import { hashPlainPrefix, holdsSeq } from './segment-scan.ts';

/** A first line longer than this is none of ours. */
const FIRST_LINE_BYTES_MAX = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface PositionsPlace extends DirectoryPlace {
  readonly expected: ExpectedSeals;
  /** What was signed of files, the oldest first. */
  readonly positions: readonly FileState[];
  /** What is wrong with sealed files has been said already. */
  readonly findings: readonly Finding[];
  /** True when not all that was signed is known: then a file may be one of ours all the same. */
  readonly isIncomplete: boolean;
}

export function checkPositions(place: PositionsPlace): Finding[] {
  const files = new PlainFiles(place);
  const findings = new Map<string, Finding>();
  for (const position of place.positions) {
    if (files.holds(position) || isSealed(place, position)) continue;
    if (isInUnknownSegment(place, position)) continue;
    const finding = describe(place, files, position);
    if (finding !== undefined) findings.set(finding.file, finding);
  }
  files.count();
  return [...findings.values(), ...unrecorded(place, files, findings)];
}

/** Rotated files and those set aside of which no beginning was ever signed. */
function* unrecorded(
  { directory, expected, isIncomplete }: PositionsPlace,
  files: PlainFiles,
  told: ReadonlyMap<string, Finding>,
): Generator<Finding> {
  if (isIncomplete) return;
  for (const name of files.unproven()) {
    // An active file may be a second old; one that was sealed is compared with its seal.
    const file = `${directory}/${name}`;
    if (activeName(name) === name || expected.has(name) || told.has(file)) continue;
    const message = 'nothing that was signed speaks of it';
    yield { kind: 'file-unrecorded', file, message };
  }
}

/** True when a segment begins with what was signed, or when that was said to be wrong with it. */
function isSealed(place: PositionsPlace, position: FileState): boolean {
  const { disk, logs, directory, expected, findings } = place;
  const { bytes, sha256, lastSeq } = position;
  const log = logOf(position.name);
  const [named] = expected.standing(position.name);
  const candidates = named === undefined ? [...expected.holding(log, lastSeq)] : [named];
  return candidates.some((seal) => {
    const file = `${directory}/${seal.body.file}.gz`;
    if (seal.body.plainBytes === bytes && seal.body.plainSha256 === sha256) return true;
    if (expected.isDeleted(seal) || findings.some((finding) => finding.file === file)) return true;
    if (seal.body.plainBytes < bytes) return false;
    const path = join(logs, directory, `${seal.body.file}.gz`);
    if (disk.lstat(path)?.kind !== 'file') return false;
    return hashPlainPrefix(disk, path, bytes) === sha256;
  });
}

/** A segment whose seal is lost may still hold what was signed of the file before. */
function isInUnknownSegment(
  { disk, logs, directory, expected }: PositionsPlace,
  { name, bytes, sha256, lastSeq }: FileState,
): boolean {
  const path = join(logs, directory);
  for (const { name: segment, hasSealed } of listSegments(disk, path, logOf(name))) {
    if (!hasSealed || expected.has(plainFileOf(segment))) continue;
    const sealed = join(path, sealedFileOf(segment));
    if (!holdsSeq(disk, sealed, lastSeq)) continue;
    if (hashPlainPrefix(disk, sealed, bytes) === sha256) return true;
  }
  return false;
}

function describe(
  { directory, expected, logs, disk }: PositionsPlace,
  files: PlainFiles,
  { name, bytes, lastSeq }: FileState,
): Finding | undefined {
  if (expected.isFileDeleted(name)) return undefined;
  const file = `${directory}/${name}`;
  const size = files.size(name);
  if (size === undefined) {
    const isSegment = disk.lstat(join(logs, directory, `${name}.gz`)) !== undefined;
    const message = `${bytes} signed bytes up to seq ${lastSeq} are in no file`;
    const kind = isSegment ? 'segment-replaced' : 'file-missing';
    return { kind, file: isSegment ? `${file}.gz` : file, lastSeq, message };
  }
  if (size < bytes) {
    const message = `has ${size} bytes; ${bytes} were signed, up to seq ${lastSeq}`;
    return { kind: 'file-cut', file, lastSeq, message };
  }
  const message = `its first ${bytes} bytes, up to seq ${lastSeq}, are not what was signed`;
  return { kind: 'file-changed', file, lastSeq, message };
}

export function logOf(name: string): string {
  return activeName(name).slice(0, -'.log'.length);
}

/** Hashes each file once, however many lengths of it were signed. */
class PlainFiles {
  readonly #place: PositionsPlace;
  readonly #sizes = new Map<string, number>();
  readonly #prefixes = new Map<string, Map<number, string>>();
  readonly #lengths: readonly number[];
  readonly #proven = new Map<string, number>();

  constructor(place: PositionsPlace) {
    const { disk, logs, directory, positions } = place;
    this.#place = place;
    this.#lengths = [...new Set(positions.map(({ bytes }) => bytes))].sort((a, b) => a - b);
    for (const name of disk.readdir(join(logs, directory)).filter(isPlainLogFile)) {
      const found = disk.lstat(join(logs, directory, name));
      if (found?.kind === 'file') this.#sizes.set(name, found.bytes);
    }
  }

  size(name: string): number | undefined {
    return this.#sizes.get(name);
  }

  /**
   * Rotation and setting aside rename a file, so any of the log's files will do, unless the one of
   * this name still is the file that was signed: then it must be the one that says so.
   */
  holds(position: FileState): boolean {
    const { name, bytes } = position;
    const log = logOf(name);
    const others = [...this.#sizes.keys()].filter(
      (other) => other !== name && logOf(other) === log,
    );
    for (const candidate of [name, ...others]) {
      if (!this.#beginsWith(candidate, position)) continue;
      if (candidate !== name && this.#contradicts(candidate, position)) return false;
      this.#proven.set(candidate, Math.max(bytes, this.#proven.get(candidate) ?? 0));
      return true;
    }
    return false;
  }

  /** Files with content of which nothing was proven. */
  unproven(): string[] {
    return [...this.#sizes.entries()]
      .filter(([name, size]) => size > 0 && !this.#proven.has(name))
      .map(([name]) => name);
  }

  count(): void {
    const { counts } = this.#place;
    for (const [name, size] of this.#sizes) {
      const proven = this.#proven.get(name) ?? 0;
      counts.files++;
      counts.fileBytes += proven;
      counts.unsignedBytes += size - proven;
    }
  }

  #beginsWith(name: string, { bytes, sha256 }: FileState): boolean {
    return (this.#sizes.get(name) ?? -1) >= bytes && this.#prefix(name, bytes) === sha256;
  }

  /**
   * True when the file of the signed name speaks of the same seqs as the file that was found
   * instead of it, in other words. What the bus delivered again after a file was set aside stands in
   * both, letter by letter.
   */
  #contradicts(found: string, { name, bytes, lastSeq }: FileState): boolean {
    const size = this.#sizes.get(name) ?? 0;
    if (size === 0) return false;
    const [first] = linesOf(this.#bytesOf(name, Math.min(size, FIRST_LINE_BYTES_MAX)));
    const firstSeq = first === undefined ? undefined : seqOfLine(first.text);
    if (firstSeq === undefined) return true;
    if (firstSeq > lastSeq) return false;
    const signed = this.#bytesOf(found, bytes);
    for (const { text, start } of linesOf(signed)) {
      if (seqOfLine(text) !== firstSeq) continue;
      const repeated = signed.subarray(start);
      return !this.#bytesOf(name, repeated.length).equals(repeated);
    }
    return true;
  }

  #bytesOf(name: string, bytes: number): Buffer {
    const { disk, logs, directory } = this.#place;
    const { fd } = openOrdinaryFile(disk, join(logs, directory, name));
    try {
      return readBytes({ disk, fd }, 0, bytes);
    } finally {
      disk.close(fd);
    }
  }

  #prefix(name: string, bytes: number): string | undefined {
    let prefixes = this.#prefixes.get(name);
    if (prefixes === undefined) {
      const { disk, logs, directory } = this.#place;
      const size = this.#sizes.get(name) ?? 0;
      const lengths = this.#lengths.filter((length) => length <= size);
      prefixes = hashPrefixes(disk, join(logs, directory, name), lengths);
      this.#prefixes.set(name, prefixes);
    }
    return prefixes.get(bytes);
  }
}

function* linesOf(bytes: Buffer): Generator<{ readonly text: string; readonly start: number }> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) return;
    yield { text: bytes.toString('utf8', start, end), start };
    start = end + 1;
  }
}
