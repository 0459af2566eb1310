/** One instance's logs of thirty days, rotated at 50 MB and at midnight, and sealed. */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { LOG_FILES, type LogFile } from '@mcplog/log-entry';
import { INDEX_DIRECTORY, plainFileOf, type SegmentName } from '@mcplog/log-store/maintenance';
import { instanceDir } from '@mcplog/log-store/writer';
import { say } from '../progress.ts';
import { IDS, realisticEntries } from './realistic-entries.ts';
import { SealThreads } from './seal-threads.ts';

const ROTATE_BYTES = 50_000_000;
const BUFFER_BYTES = 4_000_000;

export interface SealedStore {
  readonly root: string;
  readonly directory: string;
  readonly entries: number;
  readonly plainBytes: number;
  readonly storedBytes: number;
  readonly indexBytes: number;
  readonly segments: number;
  /** Occurs in one entry, written when half of the bytes were. */
  readonly uniqueId: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly gzipFiles: readonly string[];
}

export interface RotatedStore {
  readonly root: string;
  readonly directory: string;
  readonly names: readonly SegmentName[];
}

/** @param dir an empty folder; takes about a sixth of the bytes, and 200 MB more while it writes */
export async function writeSealedStore(dir: string, bytes: number): Promise<SealedStore> {
  const threads = new SealThreads();
  try {
    const { facts, root, directory } = await writeRotated(dir, bytes, (file) => threads.seal(file));
    await threads.idle();
    const gzipFiles = readdirSync(directory)
      .filter((file) => file.endsWith('.gz'))
      .map((file) => join(directory, file));
    const indexes = join(directory, INDEX_DIRECTORY);
    const indexFiles = readdirSync(indexes).map((file) => join(indexes, file));
    const sizes = { storedBytes: sizeOf(gzipFiles), indexBytes: sizeOf(indexFiles) };
    return { root, directory, ...facts, ...sizes, segments: gzipFiles.length, gzipFiles };
  } finally {
    await threads.close();
  }
}

/** The same files before they are sealed. */
export async function writeRotatedStore(dir: string, bytes: number): Promise<RotatedStore> {
  const names: SegmentName[] = [];
  const { root, directory } = await writeRotated(dir, bytes, async ({ name }) => {
    names.push(name);
  });
  return { root, directory, names };
}

export interface RotatedFile {
  readonly directory: string;
  readonly name: SegmentName;
}

type Facts = Pick<SealedStore, 'entries' | 'plainBytes' | 'uniqueId' | 'firstMs' | 'lastMs'>;

async function writeRotated(
  dir: string,
  bytes: number,
  onRotated: (file: RotatedFile) => Promise<void>,
): Promise<{ facts: Facts; root: string; directory: string }> {
  const root = join(dir, 'logs');
  const directory = instanceDir(root, IDS);
  mkdirSync(directory, { recursive: true });
  const files = new Map(LOG_FILES.map((file) => [file, new RotatingFile(directory, file)]));
  const facts = { entries: 0, plainBytes: 0, uniqueId: '', firstMs: 0, lastMs: 0 };
  let told = 0;
  for (const { file, timeMs, line, requestId } of realisticEntries(bytes)) {
    const log = files.get(file) as RotatingFile;
    const rotated = log.add(line, timeMs);
    if (rotated !== undefined) await onRotated({ directory, name: rotated });
    if (facts.entries++ === 0) facts.firstMs = timeMs;
    facts.lastMs = timeMs;
    facts.plainBytes += Buffer.byteLength(line);
    if (facts.uniqueId === '' && facts.plainBytes > bytes / 2) facts.uniqueId = requestId;
    if (facts.plainBytes - told < 1e9) continue;
    told = facts.plainBytes;
    say(`${Math.round(told / 1e9)} GB written`);
  }
  for (const log of files.values()) {
    const rotated = log.rotate();
    if (rotated !== undefined) await onRotated({ directory, name: rotated });
  }
  return { facts, root, directory };
}

/** Named as the log-writer names them. */
class RotatingFile {
  readonly #directory: string;
  readonly #log: LogFile;
  #day = '';
  #number = 0;
  #fd = -1;
  #bytes = 0;
  #pending = '';

  constructor(directory: string, log: LogFile) {
    this.#directory = directory;
    this.#log = log;
  }

  add(line: string, timeMs: number): SegmentName | undefined {
    const day = new Date(timeMs).toISOString().slice(0, 10);
    const isFull = this.#bytes + this.#pending.length >= ROTATE_BYTES;
    const rotated = isFull || (this.#day !== '' && day !== this.#day) ? this.rotate() : undefined;
    if (day !== this.#day) this.#number = 0;
    this.#day = day;
    this.#pending += line;
    if (this.#pending.length >= BUFFER_BYTES) this.#flush();
    return rotated;
  }

  rotate(): SegmentName | undefined {
    this.#flush();
    if (this.#fd < 0) return undefined;
    closeSync(this.#fd);
    const name = { log: this.#log, day: this.#day, number: this.#number++ };
    renameSync(this.#path(), join(this.#directory, plainFileOf(name)));
    this.#fd = -1;
    this.#bytes = 0;
    return name;
  }

  #flush(): void {
    if (this.#pending === '') return;
    if (this.#fd < 0) this.#fd = openSync(this.#path(), 'w', 0o600);
    this.#bytes += writeSync(this.#fd, this.#pending);
    this.#pending = '';
  }

  #path(): string {
    return join(this.#directory, `${this.#log}.log`);
  }
}

function sizeOf(files: readonly string[]): number {
  return files.reduce((total, file) => total + statSync(file).size, 0);
}
