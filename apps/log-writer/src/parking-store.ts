import { rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import {
  type AppendedRange,
  type CommitFailure,
  type LogTarget,
  type LogWriter,
  type LogWriterOptions,
  nodeDisk,
  openLogWriter,
  quarantineFile,
  TargetBlockedError,
} from '@mcplog/log-store/writer';
import { targetKey } from './group-commit.ts';
import { isOfOneTarget } from './is-of-one-target.ts';
import { linesAbove, parkedFilesOf } from './parked-lines.ts';
import { listTargets } from './rotation/log-targets.ts';

/** Below the log directory; the same layout and the same kind of files as there. */
export const PARKED_DIRECTORY = 'parked';

/** A try comes with each redelivery, so this is about a second. */
const FAILURES_MAX = 3;
/** Failures further apart have nothing to do with each other. */
const FAILURES_WITHIN_MS = 60_000;
/** What one log may park: beyond it its shard waits, and the bus holds what comes. */
const PARKED_BYTES_MAX = 256 * 1024 * 1024;
const RETURN_EVERY_MS = 30_000;

export interface ParkingOptions extends Omit<LogWriterOptions, 'disk'> {
  /** Told when a log's file cannot be written, and when all that was parked is in it. */
  readonly onParked: (target: LogTarget, error: Error) => void;
  readonly onReturned: (target: LogTarget) => void;
  /** False when another writer might own the log: then nothing of it is brought back. */
  readonly isOurs: (target: LogTarget) => boolean;
  /** Asked to commit what came back. */
  readonly flush: () => Promise<void>;
  readonly returnEveryMs?: number;
}

interface Parked {
  readonly target: LogTarget;
  /** What the log's own file had for certain. */
  floor: number;
  bytes: number;
}

/**
 * A log writer for which one bad file does not hold up the others of its shard: the lines of a log
 * whose file refuses again and again are kept, durable and in order, in a file of the same name below
 * `parked/`, and appended to their own file as soon as it takes them.
 */
export class ParkingStore {
  readonly #options: ParkingOptions;
  readonly #main: LogWriter;
  readonly #standby: LogWriter;
  readonly #standbyRoot: string;
  readonly #failures = new Map<string, { count: number; lastMs: number }>();
  readonly #parked = new Map<string, Parked>();
  /** Appended to their own files again, which the disk has not confirmed yet. */
  readonly #returning = new Map<string, Parked>();
  /** Failed to be made durable: what was lost with it comes again first, and before that nothing. */
  readonly #held = new Map<string, Error>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: ParkingOptions) {
    const { root, onFinding, filesMax } = options;
    this.#options = options;
    this.#main = openLogWriter(options);
    this.#standbyRoot = join(root, PARKED_DIRECTORY);
    const files = filesMax === undefined ? {} : { filesMax };
    this.#standby = openLogWriter({ root: this.#standbyRoot, onFinding, ...files });
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

  /** What an earlier writer parked under a lease; to be called before anything of it is written. */
  async adopt(lease: string): Promise<void> {
    for await (const target of listTargets(this.#standbyRoot, new Set([lease]))) {
      const bytes = this.#bytesParked(target);
      if (bytes === 0) continue;
      this.#parked.set(targetKey(target), { target, floor: 0, bytes });
      this.#options.onParked(target, new Error('an earlier writer parked what came'));
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
    if (held !== undefined) throw new TargetBlockedError(this.#standby.fileOf(target), held);
    if (parked.bytes + lines.length > PARKED_BYTES_MAX) {
      throw new Error(`${key} cannot be written and has parked all it may`);
    }
    this.#standby.append(target, lines, range);
    parked.bytes += lines.length;
  }

  lastSeq(target: LogTarget): number {
    const parked = this.#parked.get(targetKey(target));
    if (parked === undefined) return this.#try(target, () => this.#main.lastSeq(target));
    return Math.max(parked.floor, this.#standby.lastSeq(target));
  }

  resume(target: LogTarget): void {
    const key = targetKey(target);
    const isParked = this.#parked.has(key);
    this.#held.delete(key);
    (isParked ? this.#standby : this.#main).resume(target);
  }

  async commit(): Promise<readonly CommitFailure[]> {
    const returning = [...this.#returning];
    const [main, standby] = await Promise.all([this.#main.commit(), this.#standby.commit()]);
    const failures = [...main, ...standby];
    for (const { target, error } of failures) this.#held.set(targetKey(target), error);
    for (const failure of main) this.#takeBack(failure);
    for (const [key, parked] of returning) {
      if (this.#returning.get(key) === parked) await this.#forget(key, parked);
    }
    return failures;
  }

  async release(isTheirs: (target: LogTarget) => boolean): Promise<void> {
    for (const logs of [this.#parked, this.#returning]) {
      for (const [key, { target }] of logs) {
        if (!isTheirs(target)) continue;
        logs.delete(key);
        this.#held.delete(key);
      }
    }
    await Promise.all([this.#main.release(isTheirs), this.#standby.release(isTheirs)]);
  }

  async close(): Promise<void> {
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
    this.#parked.set(key, { target, floor: certainSeq(this.#main, target), bytes });
    this.#options.onParked(target, error instanceof TargetBlockedError ? causeOf(error) : error);
  }

  /** What its own file has lost is not there, whatever was thought before. */
  #takeBack({ target, lastSeq }: CommitFailure): void {
    const key = targetKey(target);
    const returning = this.#returning.get(key);
    if (returning !== undefined) {
      this.#returning.delete(key);
      this.#parked.set(key, returning);
    }
    const parked = this.#parked.get(key);
    if (parked !== undefined) parked.floor = Math.min(parked.floor, lastSeq);
  }

  #bytesParked(target: LogTarget): number {
    const files = parkedFilesOf(this.#standby.fileOf(target));
    return files.reduce((sum, file) => sum + statSync(file).size, 0);
  }

  #returnAll(): void {
    let isAny = false;
    for (const [key, parked] of this.#parked) {
      if (this.#held.has(key) || !this.#options.isOurs(parked.target)) continue;
      try {
        this.#bringBack(parked.target);
        this.#parked.delete(key);
        this.#returning.set(key, parked);
        isAny = true;
      } catch {
        // Its file still refuses; it has been told.
      }
    }
    if (isAny) void this.#options.flush();
  }

  /** Without a pause, so that no line can come between. @throws while the log's own file refuses. */
  #bringBack(target: LogTarget): void {
    this.#main.resume(target);
    for (const file of parkedFilesOf(this.#standby.fileOf(target))) {
      const fresh = linesAbove(file, this.#main.lastSeq(target));
      if (fresh !== undefined) this.#main.append(target, fresh.lines, fresh.range);
    }
    this.#main.lastSeq(target);
  }

  /** Left behind by a crash in between, the files are brought back once more: nothing is doubled. */
  async #forget(key: string, parked: Parked): Promise<void> {
    const { target } = parked;
    await this.#standby.release((other) => targetKey(other) === key);
    // Its lease went meanwhile: what is parked is the next holder's.
    if (this.#returning.get(key) !== parked) return;
    this.#returning.delete(key);
    if (this.#parked.has(key)) return;
    const path = this.#standby.fileOf(target);
    const setAside = parkedFilesOf(path).filter((file) => file !== path);
    // There is none when no line came while it was parked.
    rmSync(path, { force: true });
    for (const file of setAside) await this.#quarantine(file);
    this.#options.onReturned(target);
  }

  /** It may have more than could be brought back. Left where it is, it is brought back once more. */
  async #quarantine(path: string): Promise<void> {
    const { root } = this.#options;
    const steps = relative(root, dirname(path)).split(sep);
    const place = { root, steps, file: basename(path), nowMs: Date.now() };
    await quarantineFile(nodeDisk, place).catch(() => undefined);
  }
}

function certainSeq(store: LogWriter, target: LogTarget): number {
  try {
    return store.lastSeq(target);
  } catch {
    return 0;
  }
}

function causeOf(error: Error): Error {
  return error.cause instanceof Error ? error.cause : error;
}
