import { join } from 'node:path';
import type { Bus } from '@mcplog/message-bus';
import {
  type CaptureRecord,
  decodeCaptureBatch,
  type LineRecords,
  SHARD_COUNT,
  shardOf,
} from '@mcplog/protocol';
import { ShardSpool } from '../spool/shard-spool.ts';
import { EncoderPool } from './encoder-pool.ts';
import { type RunIdentity, ShardLane } from './shard-lane.ts';

/** One shard may use this part of the spool, so that a flood leaves room for the others. */
const SHARD_PART = 1 / 4;
/** At load flushes are so far apart, unless this many bytes were taken: each has its price. */
const FLUSH_GAP_MS = 3;
const FLUSH_BYTES = 192 * 1024;
/** After being full, entries are taken again when this part of the limit is in use. */
const ROOM_PART = 0.9;

export interface OutboxOptions {
  readonly bus: Bus;
  /** Holds one folder per shard. */
  readonly dir: string;
  readonly fsync: boolean;
  /** Files of all shards together. */
  readonly spoolBytesMax: number;
  /** Runs of which a killed process may have written more to the spool than counts. */
  readonly unfinished?: readonly UnfinishedRun[];
  /** Told once per file whose end could not be read. */
  readonly onTorn: (torn: { path: string; bytes: number }) => void;
}

/** A run whose entries from `nextN` on were not finished, and never published. */
export interface UnfinishedRun {
  readonly instanceId: string;
  readonly run: number;
  readonly nextN: number;
}

/** Figures for life signs and metrics. */
export interface OutboxFigures {
  readonly spoolBytes: number;
  readonly waitingBytes: number;
  readonly messages: number;
  readonly dropped: number;
}

/** Called before a flush; what it returns is called as soon as the entries are in the spool. */
export type FlushListener = () => () => void;

/** Takes entries of all instances and brings them to the bus; never blocks and never throws. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #lanes: ShardLane[];
  readonly #full = new Set<number>();
  readonly #roomListeners = new Set<() => void>();
  readonly #flushListeners = new Set<FlushListener>();
  readonly #refused = new Map<number, string>();
  readonly #encoders = new EncoderPool();
  #isFlushDue = false;
  #flushTimer: NodeJS.Timeout | undefined;
  #flushedMs = Number.NEGATIVE_INFINITY;
  #takenBytes = 0;
  readonly #lost = new Map<string, number>();
  #dropped = 0;
  #diskProblem: string | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: SHARD_COUNT }, (_, shard) => this.#openLane(shard));
    for (const lane of this.#lanes) lane.publish();
  }

  /**
   * False when the spool is full: the entry is not taken. Otherwise it is in the spool file at the
   * end of this event-loop turn, or a few milliseconds later when much is written.
   */
  append(identity: RunIdentity, n: number, record: CaptureRecord): boolean {
    const shard = shardOf(identity.instanceId);
    if (this.#full.has(shard)) {
      this.#dropped++;
      return false;
    }
    this.#lane(shard).append(identity, n, record);
    this.flushSoon();
    return true;
  }

  /** {@link append} for lines that are a record each; all of them are taken or none. */
  appendLines(identity: RunIdentity, n: number, lines: LineRecords): boolean {
    const shard = shardOf(identity.instanceId);
    if (this.#full.has(shard)) {
      this.#dropped += lines.count;
      return false;
    }
    this.#lane(shard).appendLines(identity, n, lines);
    this.flushSoon();
    return true;
  }

  /** Writes everything taken so far to the spool files, then publishes. */
  flush(): void {
    this.#isFlushDue = false;
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.#takenBytes = 0;
    this.#flushedMs = performance.now();
    const commits = [...this.#flushListeners].map((prepare) => prepare());
    for (const lane of this.#lanes) lane.store();
    for (const commit of commits) this.#commit(commit);
    for (const lane of this.#lanes) lane.publish();
    this.#judgeFill();
  }

  /**
   * Flushes at the end of this event-loop turn; a few milliseconds after the last flush when that
   * is later, unless much output was taken in since then.
   */
  flushSoon(takenBytes = 0): void {
    this.#takenBytes += takenBytes;
    if (this.#isFlushDue) return;
    const waitMs = this.#flushedMs + FLUSH_GAP_MS - performance.now();
    if (waitMs <= 0 || this.#takenBytes >= FLUSH_BYTES) {
      this.#isFlushDue = true;
      setImmediate(() => this.#isFlushDue && this.flush());
    } else this.#flushTimer ??= setTimeout(() => this.flush(), Math.ceil(waitMs));
  }

  /** For what must change together with the spool files; returns how to stop. */
  onFlush(listener: FlushListener): () => void {
    this.#flushListeners.add(listener);
    return () => this.#flushListeners.delete(listener);
  }

  /** Called each time there is room again after entries were refused; returns how to stop. */
  onRoom(listener: () => void): () => void {
    this.#roomListeners.add(listener);
    return () => this.#roomListeners.delete(listener);
  }

  hasRoom(instanceId: string): boolean {
    return !this.#full.has(shardOf(instanceId));
  }

  /** Entries of a run that were taken but could not be written to the spool; told once. */
  takeLost({ instanceId, run }: RunIdentity): number {
    const key = `${instanceId}/${run}`;
    const lost = this.#lost.get(key) ?? 0;
    this.#lost.delete(key);
    return lost;
  }

  get figures(): OutboxFigures {
    const lanes = this.#lanes;
    return {
      spoolBytes: sum(lanes.map(({ spool }) => spool.fileBytes)),
      waitingBytes: sum(lanes.map(({ spool }) => spool.waitingBytes)),
      messages: sum(lanes.map(({ messages }) => messages)),
      dropped: this.#dropped,
    };
  }

  /** What is wrong right now, in words. */
  get problems(): string[] {
    const problems = [...new Set(this.#refused.values())].map((words) => `capture: ${words}`);
    if (this.#full.size > 0) problems.push('the spool is full: new entries are dropped');
    if (this.#diskProblem !== undefined) problems.push(this.#diskProblem);
    return problems;
  }

  /** Writes what is open, and waits at most `timeoutMs` for the bus; the rest stays in files. */
  async close(timeoutMs: number): Promise<void> {
    this.flush();
    const deadline = performance.now() + timeoutMs;
    while (this.#options.bus.connected && this.figures.waitingBytes > 0) {
      if (performance.now() > deadline) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
    for (const { spool } of this.#lanes) spool.close();
  }

  #commit(commit: () => void): void {
    try {
      commit();
    } catch (error) {
      this.#diskProblem = `the state of a run could not be written: ${String(error)}`;
    }
  }

  #lane(shard: number): ShardLane {
    return this.#lanes[shard] as ShardLane;
  }

  #openLane(shard: number): ShardLane {
    const { bus, dir, fsync, onTorn } = this.#options;
    const spool = new ShardSpool({ dir: join(dir, String(shard)), fsync, onTorn });
    const unfinished = this.#options.unfinished?.filter((run) => shardOf(run.instanceId) === shard);
    if (unfinished?.length) spool.voidFrames((payload) => isUnfinished(payload, unfinished));
    return new ShardLane({
      bus,
      shard,
      spool,
      encoders: this.#encoders,
      onLost: (identity, records, error) => this.#noteLost(identity, records, error),
      onRefused: (problem) => {
        if (problem === undefined) this.#refused.delete(shard);
        else this.#refused.set(shard, problem);
      },
      onAcknowledged: () => {
        if (this.#full.size > 0) this.#judgeFill();
      },
    });
  }

  #noteLost({ instanceId, run }: RunIdentity, records: number, error: unknown): void {
    const key = `${instanceId}/${run}`;
    this.#lost.set(key, (this.#lost.get(key) ?? 0) + records);
    this.#dropped += records;
    this.#diskProblem = `the spool could not be written: ${String(error)}`;
  }

  #judgeFill(): void {
    const { spoolBytesMax } = this.#options;
    const sizes = this.#lanes.map(({ spool }) => spool.fileBytes);
    const total = sum(sizes);
    const wereFull = this.#full.size;
    for (const [shard, size] of sizes.entries()) {
      const part = this.#full.has(shard) ? ROOM_PART : 1;
      const isFull = total >= part * spoolBytesMax || size >= part * spoolBytesMax * SHARD_PART;
      if (isFull) this.#full.add(shard);
      else this.#full.delete(shard);
    }
    if (this.#full.size < wereFull) for (const tell of this.#roomListeners) tell();
  }
}

/** A frame is of one run and of one turn, so that all of it is or nothing. */
function isUnfinished(payload: Buffer, runs: readonly UnfinishedRun[]): boolean {
  const sections = [...decodeCaptureBatch(payload)];
  return sections.some(({ header: { instanceId, run, firstN } }) =>
    runs.some((one) => one.instanceId === instanceId && one.run === run && firstN >= one.nextN),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
