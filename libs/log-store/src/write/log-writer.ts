import { dirname, join } from 'node:path';
import { LOG_FILES } from '@mcplog/log-entry';
import { letGo } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { type InstanceIds, type LogTarget, logOf, relativePathOf } from '../disk/path.ts';
import { asError, DiskError, DiskFullError, isStoreError, TargetBlockedError } from '../errors.ts';
import {
  type ActiveFile,
  type AppendedRange,
  appendLines,
  assertOurs,
  boundUnsynced,
  openActiveFile,
  setAside,
  type WriterRoom,
} from './active-file.ts';
import { lookAtActive } from './active-look.ts';
import { confirmNames, confirmNamesNow, DirectorySyncs, isBelow, makeRoot } from './directories.ts';
import { FileHeads, type Head } from './file-heads.ts';
import { newestRotatedSeq, rotatedSegments } from './newest-seq.ts';
import { renameToRotated } from './rotate-file.ts';
import type {
  ActiveLook,
  CommitFailure,
  LogWriter,
  LogWriterOptions,
  RotatedFile,
} from './writer-types.ts';

const FILES_MAX_DEFAULT = 512;
/** Commits before a rotation that lines appended meanwhile may make vain. */
const SETTLE_ROUNDS = 3;

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
  readonly #directories: DirectorySyncs;
  readonly #blocked = new Map<string, Blocked>();
  /** What the commits that were called and not yet answered will report. */
  readonly #reports = new Set<CommitFailure[]>();
  /** For the next commit: failures of lines that no commit was called for yet. */
  #lateFailures: CommitFailure[] = [];
  /** The synced seq of files set aside or rotated, for as long as their successors are empty. */
  readonly #floors = new Map<string, number>();
  /** Bytes of closed files, all of them synced. */
  readonly #known = new Map<string, number>();
  /** Rotated targets whose new name the disk has confirmed and whose next file is not begun yet. */
  readonly #confirmed = new Set<string>();
  /** True while something else than a call of `commit` syncs. */
  #unasked = false;
  readonly #heads: FileHeads | undefined;
  readonly #full: { readonly bytes: number; readonly tell: (target: LogTarget) => void };
  /** One after the other: commits, and what must not run beside one. */
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(options: LogWriterOptions) {
    const { root, disk = nodeDisk, onFinding, now = Date.now } = options;
    this.#filesMax = options.filesMax ?? FILES_MAX_DEFAULT;
    this.#full = {
      bytes: options.fullBytes ?? Number.POSITIVE_INFINITY,
      tell: options.onFull ?? (() => undefined),
    };
    if (options.keepHeads) this.#heads = new FileHeads(disk);
    this.#directories = new DirectorySyncs(disk, root);
    this.#room = {
      disk,
      root,
      now,
      onFinding,
      onDirectoryChanged: (directory) => this.#directories.changed(directory),
      onFound: (path) => this.#directories.found(path),
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
    boundUnsynced(this.#room, file, (error) => this.#fail(file, error));
    if (file.bytes >= this.#full.bytes && !file.isFull) {
      file.isFull = true;
      this.#full.tell(target);
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
    return this.#takeTurn(async () => {
      await this.#commitNow();
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
    await this.#takeTurn(() => this.#commitUnasked());
    for (const target of targets) this.#fileFor(target);
  }

  rotate(target: LogTarget): Promise<RotatedFile | undefined> {
    return this.#takeTurn(async () => {
      if (this.look(target) === undefined) return undefined;
      await this.#settle(target);
      const rotated = this.#renameAway(target);
      await this.#confirmRename(rotated);
      this.#fileFor(target);
      return rotated;
    });
  }

  look(target: LogTarget): ActiveLook | undefined {
    return lookAtActive(this.#room.disk, this.fileOf(target));
  }

  async release(isTheirs: (target: LogTarget) => boolean): Promise<void> {
    await this.#takeTurn(() => this.#commitUnasked());
    for (const [key, file] of this.#open) {
      if (!isTheirs(file.target) || this.#dirty.has(file) || this.#syncing.has(file)) continue;
      this.#close(key, file);
      this.#known.delete(key);
    }
  }

  takeHeads(): Head[] {
    return this.#heads?.take() ?? [];
  }

  async close(): Promise<readonly CommitFailure[]> {
    const failures = await this.commit();
    this.#heads?.stop();
    for (const file of this.#open.values()) letGo(this.#room.disk, file.fd);
    for (const { stuck } of this.#blocked.values()) {
      if (stuck !== undefined) letGo(this.#room.disk, stuck.fd);
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
    const { disk } = this.#room;
    const directory = dirname(this.fileOf(target));
    // Looked for on the disk, not only remembered: an earlier process may have rotated and died.
    const mustConfirm =
      disk.lstat(this.fileOf(target)) === undefined &&
      rotatedSegments(disk, directory, logOf(target)).length > 0;
    if (mustConfirm && !this.#confirmed.delete(key)) confirmNamesNow(disk, directory);
    const file = openActiveFile(this.#room, target, this.#known.get(key) ?? 0);
    try {
      this.#findPosition(key, file);
      this.#heads?.open(file);
    } catch (error) {
      letGo(disk, file.fd);
      throw error;
    }
    if (file.bytes > 0) this.#dirty.add(file);
    return file;
  }

  /** An empty file goes on where the one before it ended. */
  #findPosition(key: string, file: ActiveFile): void {
    const floor = this.#floors.get(key) ?? 0;
    const rotatedSeq = file.lastSeq > 0 ? 0 : newestRotatedSeq(this.#room, file.target);
    if (file.lastSeq > floor) this.#floors.delete(key);
    else file.lastSeq = Math.max(floor, rotatedSeq);
  }

  /** Closes the files used longest ago; one with uncommitted lines must stay. */
  #makeRoom(): void {
    for (const [key, file] of this.#open) {
      if (this.#open.size < this.#filesMax) return;
      if (this.#dirty.has(file) || this.#syncing.has(file)) continue;
      this.#close(key, file);
    }
  }

  #close(key: string, file: ActiveFile): void {
    this.#heads?.close(file);
    letGo(this.#room.disk, file.fd);
    this.#open.delete(key);
    this.#known.set(key, file.syncedBytes);
  }

  #takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** A commit whose failures the next `commit` reports: its caller's lines may be among them. */
  async #commitUnasked(): Promise<void> {
    this.#unasked = true;
    await this.#commitNow();
    this.#unasked = false;
  }

  /** Brings what the file holds to the disk while appends go on. */
  async #settle(target: LogTarget): Promise<void> {
    for (let round = 0; round < SETTLE_ROUNDS; round++) {
      if (!this.#dirty.has(this.#fileFor(target))) return;
      await this.#commitUnasked();
    }
  }

  /** Without a pause, so that no line can come between its last sync and its new name. */
  #renameAway(target: LogTarget): RotatedFile {
    const file = this.#fileFor(target);
    if (this.#dirty.has(file)) this.#syncFileNow(file);
    const rotated = renameToRotated(this.#room, file);
    const key = relativePathOf(target);
    this.#heads?.rotate(file, rotated.name);
    this.#open.delete(key);
    letGo(this.#room.disk, file.fd);
    this.#floors.set(key, file.lastSeq);
    return rotated;
  }

  #syncFileNow(file: ActiveFile): void {
    const hash = this.#heads?.before(file);
    try {
      assertOurs(this.#room.disk, file);
      this.#room.disk.fsyncNow(file.fd);
    } catch (error) {
      this.#fail(file, error);
      throw error;
    }
    this.#dirty.delete(file);
    this.#markSynced(file, hash, file);
  }

  /**
   * Not before the disk has confirmed the rename does a new file begin under the old name. An
   * append that cannot wait confirms it by itself, see `#openFile`.
   */
  async #confirmRename({ target, path }: RotatedFile): Promise<void> {
    const key = relativePathOf(target);
    const failure = await confirmNames(this.#room.disk, dirname(path)).catch(asError);
    if (this.#open.has(key)) return;
    if (failure instanceof Error) throw failure;
    this.#confirmed.add(key);
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
    this.#dirty = new Set();
    for (const file of files) this.#syncing.add(file);
    const uncertain = await this.#syncDirectories();
    await Promise.all(files.map((file) => this.#syncFile(file, uncertain.get(file))));
    for (const [file, error] of uncertain) {
      if (!files.includes(file)) this.#fail(file, error);
    }
  }

  /** @returns the open files whose way from the root is uncertain, with the reason. */
  async #syncDirectories(): Promise<Map<ActiveFile, unknown>> {
    const uncertain = new Map<ActiveFile, unknown>();
    for (const [directory, error] of await this.#directories.confirm()) {
      for (const file of this.#open.values()) {
        if (isBelow(file.path, directory)) uncertain.set(file, error);
      }
    }
    return uncertain;
  }

  async #syncFile(file: ActiveFile, doubt: unknown): Promise<void> {
    const { lastSeq, bytes } = file;
    const hash = this.#heads?.before(file);
    try {
      assertOurs(this.#room.disk, file);
      if (doubt !== undefined) throw doubt;
      await this.#room.disk.fdatasync(file.fd);
      this.#syncing.delete(file);
      this.#markSynced(file, hash, { lastSeq, bytes });
    } catch (error) {
      this.#syncing.delete(file);
      this.#fail(file, error);
    }
  }

  #markSynced(
    file: ActiveFile,
    hash: ReturnType<FileHeads['before']>,
    { lastSeq, bytes }: { readonly lastSeq: number; readonly bytes: number },
  ): void {
    file.syncedSeq = lastSeq;
    file.syncedBytes = bytes;
    file.soundBytes = Math.max(file.soundBytes, bytes);
    this.#heads?.synced(file, hash);
  }

  /** A failed sync is final: the kernel has dropped the pages and the next one would lie. */
  #fail(file: ActiveFile, cause: unknown): void {
    const { target, path, syncedSeq: lastSeq } = file;
    const error = isStoreError(cause) ? cause : new DiskError(path, 'make durable', cause);
    const failure: CommitFailure = { target, error, lastSeq };
    for (const report of this.#reports) report.push(failure);
    if (this.#dirty.delete(file) || this.#unasked) this.#lateFailures.push(failure);
    this.#heads?.drop(file);
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
