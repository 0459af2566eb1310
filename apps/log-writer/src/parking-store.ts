import { basename, dirname, join, relative, sep } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AppendedRange,
  type CommitFailure,
  type Disk,
  type LogTarget,
  type LogWriter,
  type LogWriterOptions,
  nodeDisk,
  openLogWriter,
  PARKED,
  quarantineFile,
  TargetBlockedError,
} from '@mcplog/log-store/writer';
import { targetKey } from './group-commit.ts';
import { isOfOneTarget } from './is-of-one-target.ts';
import { ParkedReader, parkedFilesOf } from './parked-lines.ts';
import { listTargets } from './rotation/log-targets.ts';

/** A try comes with each redelivery, so this is about a second. */
const FAILURES_MAX = 3;
/** Failures further apart have nothing to do with each other. */
const FAILURES_WITHIN_MS = 60_000;
/** What one log may park: beyond it its shard waits, and the bus holds what comes. */
const PARKED_BYTES_MAX = 256 * 1024 * 1024;
const RETURN_EVERY_MS = 30_000;

export interface ParkingOptions extends LogWriterOptions {
  /** Told when a log's file cannot be written, and when all that was parked is in it. */
  readonly onParked: (target: LogTarget, error: Error) => void;
  readonly onReturned: (target: LogTarget) => void;
  /** False when another writer might own the log: then nothing of it is brought back. */
  readonly isOurs: (target: LogTarget) => boolean;
  /** Asked to commit each piece of what comes back, before the next follows it. */
  readonly flush: () => Promise<void>;
  readonly returnEveryMs?: number;
}

interface Parked {
  readonly target: LogTarget;
  bytes: number;
  /** Why it is not in its own file, as far as the last try showed. */
  why: string;
  /** What is being brought back is read anew after each: files have other names then. */
  failures: number;
  /** False when its file holds more than could be brought back. */
  isWhole: boolean;
}

/**
 * A log writer for which one bad file does not hold up the others of its shard: the lines of a log
 * whose file refuses again and again are kept, durable and in order, in a file of the same name below
 * `parked/`, and appended to their own file as soon as it takes them.
 */
export class ParkingStore {
  readonly #options: ParkingOptions;
  readonly #disk: Disk;
  readonly #main: LogWriter;
  readonly #standby: LogWriter;
  readonly #standbyRoot: string;
  readonly #failures = new Map<string, { count: number; lastMs: number }>();
  readonly #parked = new Map<string, Parked>();
  /** Appended to their own files again, which the disk has not confirmed yet. */
  readonly #returning = new Map<string, Parked>();
  /** Failed to be made durable: what was lost with it comes again first, and before that nothing. */
  readonly #held = new Map<string, Pick<CommitFailure, 'target' | 'error'>>();
  readonly #timer: NodeJS.Timeout;
  #return: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: ParkingOptions) {
    const { root, onFinding, filesMax, disk = nodeDisk } = options;
    this.#options = options;
    this.#disk = disk;
    this.#main = openLogWriter(options);
    this.#standbyRoot = join(root, PARKED);
    const files = filesMax === undefined ? {} : { filesMax };
    this.#standby = openLogWriter({ root: this.#standbyRoot, disk, onFinding, ...files });
    const everyMs = options.returnEveryMs ?? RETURN_EVERY_MS;
    this.#timer = setInterval(() => this.#returnAll(), everyMs);
    this.#timer.unref();
  }

  /** The writer of the logs' own files, for all but appending. */
  get main(): LogWriter {
    return this.#main;
  }

  get parked(): number {
    return this.#parked.size;
  }

  /** What is parked and why, in words. */
  get problems(): readonly string[] {
    return [...this.#parked].map(([key, { why }]) => `parked ${key}: ${why}`);
  }

  /** What an earlier writer parked under a lease; to be called before anything of it is written. */
  async adopt(lease: string): Promise<void> {
    for await (const target of listTargets(this.#standbyRoot, new Set([lease]))) {
      const key = targetKey(target);
      if (this.#parked.has(key) || this.#returning.has(key)) continue;
      const bytes = this.#bytesParked(target);
      // Gone while its files were looked for, the lease is adopted anew when it comes again.
      if (bytes === 0 || !this.#options.isOurs(target)) continue;
      this.#park(target, bytes, new Error('an earlier writer parked what came'));
    }
    this.#returnAll();
  }

  append(target: LogTarget, lines: Buffer, range: AppendedRange): void {
    const key = targetKey(target);
    const parked = this.#parked.get(key);
    if (parked === undefined) {
      this.#try(target, () => this.#main.append(target, lines, range));
      this.#failures.delete(key);
      return;
    }
    const held = this.#held.get(key);
    if (held !== undefined) throw new TargetBlockedError(this.#standby.fileOf(target), held.error);
    if (parked.bytes + lines.length > PARKED_BYTES_MAX) {
      throw new Error(`${key} cannot be written and has parked all it may`);
    }
    this.#standby.append(target, lines, range);
    parked.bytes += lines.length;
  }

  /**
   * Of a parked log only what is parked counts: its own file may have lines that no sync has
   * confirmed. They come again and are parked too; what the file kept is left out on the way back.
   */
  lastSeq(target: LogTarget): number {
    const isParked = this.#parked.has(targetKey(target));
    return isParked
      ? this.#standby.lastSeq(target)
      : this.#try(target, () => this.#main.lastSeq(target));
  }

  resume(target: LogTarget): void {
    const key = targetKey(target);
    (this.#parked.has(key) ? this.#standby : this.#main).resume(target);
    this.#held.delete(key);
  }

  async commit(): Promise<readonly CommitFailure[]> {
    const returning = [...this.#returning];
    const [main, standby] = await Promise.all([this.#main.commit(), this.#standby.commit()]);
    const failures = [...main, ...standby];
    for (const failure of failures) this.#hold(failure);
    for (const { target } of main) this.#takeBack(target);
    for (const [key, parked] of returning) {
      if (this.#returning.get(key) === parked) await this.#forget(key, parked);
    }
    return failures;
  }

  async release(isTheirs: (target: LogTarget) => boolean): Promise<void> {
    for (const logs of [this.#parked, this.#returning, this.#held]) {
      for (const [key, { target }] of logs) if (isTheirs(target)) logs.delete(key);
    }
    await Promise.all([this.#main.release(isTheirs), this.#standby.release(isTheirs)]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await Promise.all([this.#main.close(), this.#standby.close()]);
  }

  #try<T>(target: LogTarget, action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (isOfOneTarget(error)) this.#count(target, error);
      throw error;
    }
  }

  /** The batch that failed comes again: then its lines find the log parked. */
  #count(target: LogTarget, error: Error): void {
    const key = targetKey(target);
    const known = this.#failures.get(key);
    const isSoon = known !== undefined && Date.now() - known.lastMs < FAILURES_WITHIN_MS;
    const count = isSoon ? known.count + 1 : 1;
    this.#failures.set(key, { count, lastMs: Date.now() });
    if (count < FAILURES_MAX) return;
    this.#failures.delete(key);
    const bytes = this.#bytesParked(target);
    this.#park(target, bytes, error instanceof TargetBlockedError ? causeOf(error) : error);
  }

  #park(target: LogTarget, bytes: number, error: Error): void {
    const fresh = { failures: 0, isWhole: true };
    this.#parked.set(targetKey(target), { target, bytes, why: error.message, ...fresh });
    this.#options.onParked(target, error);
  }

  #hold(failure: CommitFailure): void {
    const key = targetKey(failure.target);
    this.#held.set(key, failure);
    const parked = this.#parked.get(key);
    if (parked !== undefined) parked.failures++;
  }

  /** Its own file did not keep what came back. */
  #takeBack(target: LogTarget): void {
    const key = targetKey(target);
    const returning = this.#returning.get(key);
    if (returning === undefined) return;
    this.#returning.delete(key);
    this.#parked.set(key, returning);
  }

  #bytesParked(target: LogTarget): number {
    return this.#filesOf(target).reduce(
      (sum, file) => sum + (this.#disk.lstat(file)?.bytes ?? 0),
      0,
    );
  }

  #filesOf(target: LogTarget): string[] {
    const room = { disk: this.#disk, root: this.#standbyRoot };
    return parkedFilesOf(room, this.#standby.fileOf(target));
  }

  #returnAll(): void {
    this.#return ??= this.#returnEach().finally(() => {
      this.#return = undefined;
    });
  }

  /** Never rejects. One after the other: what comes back must not crowd out what comes. */
  async #returnEach(): Promise<void> {
    for (const [key, parked] of [...this.#parked]) {
      try {
        if (this.#mayReturn(key, parked)) await this.#bringBack(key, parked);
      } catch (error) {
        // Its file still refuses: tried again at the next return.
        parked.why = (error as Error).message;
      }
    }
    if (this.#returning.size > 0) await this.#options.flush().catch(() => undefined);
  }

  #mayReturn(key: string, parked: Parked): boolean {
    const isStill = this.#parked.get(key) === parked && !this.#held.has(key);
    return isStill && !this.#isClosed && this.#options.isOurs(parked.target);
  }

  /**
   * Piece by piece, each synced before the next: others get their turn, and what a power cut leaves
   * of a file is looked through no further than so much from its end. What comes meanwhile is parked
   * and brought back with the rest.
   * @throws while the log's own file refuses
   */
  async #bringBack(key: string, parked: Parked): Promise<void> {
    const { target, failures } = parked;
    this.#main.resume(target);
    for (const path of this.#filesOf(target)) {
      const reader = new ParkedReader(this.#disk, path);
      try {
        for (;;) {
          const piece = reader.next(this.#main.lastSeq(target));
          if (piece === undefined) break;
          if (piece.fresh === undefined) await nextTurn();
          else {
            this.#main.append(target, piece.fresh.lines, piece.fresh.range);
            await this.#options.flush();
          }
          if (parked.failures !== failures || !this.#mayReturn(key, parked)) return;
        }
        parked.isWhole = reader.isWhole;
      } finally {
        reader.close();
      }
    }
    this.#main.lastSeq(target);
    // In the same step in which nothing more was found: no line can have come between.
    this.#parked.delete(key);
    this.#returning.set(key, parked);
  }

  /**
   * Left behind by a crash in between, or by a disk that does not let go of them, the files are
   * brought back once more: nothing is doubled.
   */
  async #forget(key: string, parked: Parked): Promise<void> {
    const { target, isWhole } = parked;
    await this.#standby.release((other) => targetKey(other) === key);
    // Its lease went meanwhile: what is parked is the next holder's.
    if (this.#returning.get(key) !== parked) return;
    this.#returning.delete(key);
    if (this.#parked.has(key)) return;
    await this.#clearAway(target, isWhole).catch(() => undefined);
    this.#options.onReturned(target);
  }

  /** Files set aside may have more than could be brought back: nobody but people can tell. */
  async #clearAway(target: LogTarget, isWhole: boolean): Promise<void> {
    const active = this.#standby.fileOf(target);
    // There is none when no line came while it was parked.
    const files = this.#filesOf(target);
    if (isWhole && files.includes(active)) this.#disk.unlink(active);
    for (const file of files) if (!isWhole || file !== active) await this.#quarantine(file);
  }

  async #quarantine(path: string): Promise<void> {
    const { root } = this.#options;
    const steps = relative(root, dirname(path)).split(sep);
    await quarantineFile(this.#disk, { root, steps, file: basename(path), nowMs: Date.now() });
  }
}

function causeOf(error: Error): Error {
  return error.cause instanceof Error ? error.cause : error;
}
