/** Files that are not sealed against the last that was signed of them: they may only have grown. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { type Disk, listSegments, plainFileOf, sealedFileOf } from '@mcplog/log-store/check';
import { readExactly } from '@mcplog/log-store/disk';
import { isPlainLogFile } from '../file-state.ts';
import { activeName } from '../heads.ts';
import type { FileState } from '../manifest.ts';
import type { DirectoryPlace } from './check-manifests.ts';
import type { ExpectedSeals } from './expected-seals.ts';
import type { Finding } from './finding.ts';
import { hashPlainPrefix, holdsSeq } from './segment-scan.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;
const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface PositionsPlace extends DirectoryPlace {
  readonly expected: ExpectedSeals;
  /** What was signed of files, the oldest first. */
  readonly positions: readonly FileState[];
  /** What is wrong with sealed files has been said already. */
  readonly findings: readonly Finding[];
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
  return [...findings.values()];
}

/** True when a segment begins with what was signed, or when that was said to be wrong with it. */
function isSealed(place: PositionsPlace, position: FileState): boolean {
  const { disk, logs, directory, expected, findings } = place;
  const { bytes, sha256, lastSeq } = position;
  const log = logOf(position.name);
  const named = expected.get(position.name);
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

  /** Rotation and setting aside rename a file: any of the log's files will do. */
  holds({ name, bytes, sha256 }: FileState): boolean {
    const log = logOf(name);
    const others = [...this.#sizes.keys()].filter(
      (other) => other !== name && logOf(other) === log,
    );
    for (const candidate of [name, ...others]) {
      if ((this.#sizes.get(candidate) ?? -1) < bytes) continue;
      if (this.#prefix(candidate, bytes) !== sha256) continue;
      this.#proven.set(candidate, Math.max(bytes, this.#proven.get(candidate) ?? 0));
      return true;
    }
    return false;
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

/** @param lengths rising */
function hashPrefixes(disk: Disk, path: string, lengths: readonly number[]): Map<number, string> {
  const hashes = new Map<number, string>();
  const hash = createHash('sha256');
  const fd = disk.open(path, READ_FILE);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, lengths.at(-1) ?? 1)));
    let at = 0;
    for (const length of lengths) {
      while (at < length) {
        const into = buffer.subarray(0, Math.min(buffer.length, length - at));
        const part = readExactly({ disk, fd }, into, at);
        if (part.length === 0) return hashes;
        hash.update(part);
        at += part.length;
      }
      hashes.set(length, hash.copy().digest('hex'));
    }
    return hashes;
  } finally {
    disk.close(fd);
  }
}
