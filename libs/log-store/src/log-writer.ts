import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { LOG_FILES } from '@mcplog/log-entry';
import {
  type ActiveFile,
  type AppendedRange,
  appendLines,
  openActiveFile,
  setAside,
  type WriterRoom,
} from './active-file.ts';
import type { Disk } from './disk.ts';
import { DiskError, DiskFullError, ForeignWriteError, TargetBlockedError } from './errors.ts';
import type { Finding } from './finding.ts';
import { nodeDisk } from './node-disk.ts';
import { DIRECTORY_MODE, type InstanceIds, type LogTarget, relativePathOf } from './path.ts';

export type { AppendedRange };

const FILES_MAX_DEFAULT = 512;

export interface LogWriterOptions {
  /** The log directory; made when missing. */
  readonly root: string;
  readonly disk?: Disk;
  /**
   * Files kept open. Files with lines that are not committed stay open beyond it until the next
   * commit.
   */
  readonly filesMax?: number;
  readonly onFinding: (finding: Finding) => void;
  /** Milliseconds since 1970, for names in the quarantine. */
  readonly now?: () => number;
}

/** A target none of whose lines after `lastSeq` may be acknowledged. */
export interface CommitFailure {
  readonly target: LogTarget;
  readonly error: Error;
  /** The last seq that is certain to be on disk. */
  readonly lastSeq: number;
}

/**
 * Appends to many log files and makes the appends durable together.
 *
 * After any error a target takes nothing until `resume(target)`: the caller first makes sure that
 * everything after `lastSeq(target)` will be handed over again, in order, because lines appended
 * before those would make them look like repetitions.
 */
export interface LogWriter {
  /** The absolute path of the target's file. @throws UnsafePathError for bad ids. */
  fileOf(target: LogTarget): string;
  /**
   * Appends whole lines; readers see them at once, durable they are after `commit`.
   * @throws DiskFullError, DiskError, TargetBlockedError, OutOfOrderError, UnsafePathError
   */
  append(target: LogTarget, lines: Buffer, range: AppendedRange): void;
  /** The last seq in the target's file, 0 for none; what is not above it is there already. */
  lastSeq(target: LogTarget): number;
  /**
   * Syncs every file appended to since the last commit, in parallel, and new directory entries.
   * Never rejects; resolves to the targets that failed, whose files have been set aside.
   */
  commit(): Promise<readonly CommitFailure[]>;
  /** Lets a target that failed take lines again. @throws DiskError when it still cannot. */
  resume(target: LogTarget): void;
  /**
   * Makes an instance's directory and its three empty files, durably.
   * @throws TargetBlockedError when the disk did not confirm them; `resume` and try again.
   */
  createInstance(ids: InstanceIds): Promise<void>;
  /** Commits and closes every file. */
  close(): Promise<readonly CommitFailure[]>;
}

export function openLogWriter(options: LogWriterOptions): LogWriter {
  return new FileLogWriter(options);
}

interface Blocked {
  readonly error: Error;
  readonly lastSeq: number;
  /** Present when the file could not be set aside yet. */
  readonly stuck?: ActiveFile;
}

class FileLogWriter implements LogWriter {
  readonly #room: WriterRoom;
  readonly #filesMax: number;
  /** Least recently used first. */
  readonly #open = new Map<string, ActiveFile>();
  #dirty = new Set<ActiveFile>();
  readonly #syncing = new Set<ActiveFile>();
  #changedDirectories = new Set<string>();
  readonly #blocked = new Map<string, Blocked>();
  /** What the commits that were called and not yet answered will report. */
  readonly #reports = new Set<CommitFailure[]>();
  /** For the next commit: failures of lines that no commit was called for yet. */
  #lateFailures: CommitFailure[] = [];
  /** The synced seq of files set aside, for as long as their successors are empty. */
  readonly #floors = new Map<string, number>();
  #lastCommit: Promise<void> = Promise.resolve();

  constructor({ root, disk = nodeDisk, filesMax, onFinding, now = Date.now }: LogWriterOptions) {
    this.#filesMax = filesMax ?? FILES_MAX_DEFAULT;
    this.#room = {
      disk,
      root,
      now,
      onFinding,
      onDirectoryChanged: (directory) => this.#changedDirectories.add(directory),
    };
    makeRoot(this.#room, root);
  }

  fileOf(target: LogTarget): string {
    return join(this.#room.root, relativePathOf(target));
  }

  append(target: LogTarget, lines: Buffer, range: AppendedRange): void {
    const file = this.#fileFor(target);
    try {
      appendLines(this.#room, file, { lines, range });
      this.#dirty.add(file);
    } catch (error) {
      if (error instanceof DiskFullError || error instanceof DiskError) {
        this.#blockAfterAppend(file, error);
      }
      throw error;
    }
  }

  lastSeq(target: LogTarget): number {
    const blocked = this.#blocked.get(relativePathOf(target));
    return blocked?.lastSeq ?? this.#fileFor(target).lastSeq;
  }

  commit(): Promise<readonly CommitFailure[]> {
    // A commit that is called while others run may find its lines already synced by them, in vain:
    // so it reports whatever fails from now on, not only what it syncs itself.
    const report = this.#lateFailures;
    this.#lateFailures = [];
    this.#reports.add(report);
    this.#lastCommit = this.#lastCommit.then(() => this.#commitNow());
    return this.#lastCommit.then(() => {
      this.#reports.delete(report);
      return report;
    });
  }

  resume(target: LogTarget): void {
    const key = relativePathOf(target);
    const blocked = this.#blocked.get(key);
    if (blocked === undefined) return;
    if (blocked.stuck !== undefined) {
      // Its descriptor must not be closed, and its number given away, below a running sync.
      if (this.#syncing.has(blocked.stuck)) {
        throw new TargetBlockedError(this.fileOf(target), blocked.error);
      }
      this.#moveAway(blocked.stuck, blocked.error);
    }
    this.#blocked.delete(key);
  }

  async createInstance({ userId, instanceId }: InstanceIds): Promise<void> {
    const targets = LOG_FILES.map(
      (file) => ({ kind: 'instance', userId, instanceId, file }) as const,
    );
    for (const target of targets) this.#fileFor(target);
    const failures = await this.commit();
    // The lines of others that it synced by the way are reported to whoever commits them.
    this.#lateFailures.push(...failures);
    for (const target of targets) this.#fileFor(target);
  }

  async close(): Promise<readonly CommitFailure[]> {
    const failures = await this.commit();
    for (const file of this.#open.values()) this.#room.disk.close(file.fd);
    for (const { stuck } of this.#blocked.values()) {
      if (stuck !== undefined) this.#room.disk.close(stuck.fd);
    }
    this.#open.clear();
    this.#blocked.clear();
    return failures;
  }

  #fileFor(target: LogTarget): ActiveFile {
    const key = relativePathOf(target);
    const blocked = this.#blocked.get(key);
    if (blocked !== undefined) throw new TargetBlockedError(this.fileOf(target), blocked.error);
    const known = this.#open.get(key);
    const file = known ?? this.#openFile(key, target);
    if (known !== undefined) this.#open.delete(key);
    this.#open.set(key, file);
    return file;
  }

  #openFile(key: string, target: LogTarget): ActiveFile {
    this.#makeRoom();
    const file = openActiveFile(this.#room, target);
    if (file.bytes > 0) this.#dirty.add(file);
    const floor = this.#floors.get(key) ?? 0;
    if (file.lastSeq > floor) this.#floors.delete(key);
    else file.lastSeq = floor;
    return file;
  }

  /** Closes the files used longest ago; one with uncommitted lines must stay. */
  #makeRoom(): void {
    for (const [key, file] of this.#open) {
      if (this.#open.size < this.#filesMax) return;
      if (this.#dirty.has(file) || this.#syncing.has(file)) continue;
      this.#room.disk.close(file.fd);
      this.#open.delete(key);
    }
  }

  /**
   * The whole lines that were kept are as good as any and are committed with the rest, unless a
   * torn piece could not be cut off behind them.
   */
  #blockAfterAppend(file: ActiveFile, error: DiskFullError | DiskError): void {
    this.#dirty.add(file);
    if (this.#room.disk.stat(file.fd).bytes === file.bytes) {
      this.#blocked.set(relativePathOf(file.target), { error, lastSeq: file.lastSeq });
    } else {
      this.#fail(file, error);
    }
  }

  async #commitNow(): Promise<void> {
    const files = [...this.#dirty];
    const directories = [...this.#changedDirectories];
    this.#dirty = new Set();
    this.#changedDirectories = new Set();
    for (const file of files) this.#syncing.add(file);
    const uncertain = await this.#syncDirectories(directories);
    await Promise.all(files.map((file) => this.#syncFile(file, uncertain.get(file))));
    for (const [file, error] of uncertain) {
      if (!files.includes(file)) this.#fail(file, error);
    }
  }

  /** @returns the open files whose way from the root is uncertain, with the reason. */
  async #syncDirectories(directories: readonly string[]): Promise<Map<ActiveFile, unknown>> {
    const uncertain = new Map<ActiveFile, unknown>();
    const sync = async (directory: string) => {
      try {
        await syncDirectory(this.#room.disk, directory);
      } catch (error) {
        for (const file of this.#open.values()) {
          if (isBelow(file.path, directory)) uncertain.set(file, error);
        }
      }
    };
    await Promise.all(directories.map(sync));
    return uncertain;
  }

  async #syncFile(file: ActiveFile, doubt: unknown): Promise<void> {
    const { lastSeq, bytes } = file;
    try {
      const actual = this.#room.disk.stat(file.fd).bytes;
      if (actual !== bytes) throw new ForeignWriteError(file.path, bytes, actual);
      if (doubt !== undefined) throw doubt;
      await this.#room.disk.fdatasync(file.fd);
      file.syncedSeq = lastSeq;
      this.#syncing.delete(file);
    } catch (error) {
      this.#syncing.delete(file);
      this.#fail(file, error);
    }
  }

  /** A failed sync is final: the kernel has dropped the pages and the next one would lie. */
  #fail(file: ActiveFile, cause: unknown): void {
    const { target, path, syncedSeq: lastSeq } = file;
    const error = isOurs(cause) ? cause : new DiskError(path, 'make durable', cause);
    const failure: CommitFailure = { target, error, lastSeq };
    for (const report of this.#reports) report.push(failure);
    if (this.#dirty.delete(file)) this.#lateFailures.push(failure);
    const key = relativePathOf(target);
    this.#open.delete(key);
    if (this.#syncing.has(file)) {
      this.#blocked.set(key, { error, lastSeq, stuck: file });
      return;
    }
    try {
      this.#moveAway(file, error);
      this.#blocked.set(key, { error, lastSeq });
    } catch (stuckError) {
      this.#blocked.set(key, { error: asError(stuckError), lastSeq, stuck: file });
    }
  }

  #moveAway(file: ActiveFile, error: Error): void {
    setAside(this.#room, file, error);
    this.#floors.set(relativePathOf(file.target), file.syncedSeq);
  }
}

function isOurs(error: unknown): error is Error {
  return [DiskError, DiskFullError, ForeignWriteError].some((kind) => error instanceof kind);
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

async function syncDirectory(disk: Disk, directory: string): Promise<void> {
  const fd = disk.open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await disk.fsync(fd);
  } finally {
    disk.close(fd);
  }
}

function makeRoot(room: WriterRoom, root: string): void {
  if (room.disk.lstat(root) !== undefined) return;
  const parent = dirname(root);
  makeRoot(room, parent);
  room.disk.mkdir(root, DIRECTORY_MODE);
  room.onDirectoryChanged(parent);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
