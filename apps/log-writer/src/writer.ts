import type { CommitFailure, Finding, Head, LogTarget } from '@mcplog/log-store/writer';
import { type Bus, type SystemLog, streamLastSeq } from '@mcplog/message-bus';
import {
  CAPTURE_STREAM,
  captureSubject,
  SYSTEM_LEASE,
  SYSTEM_STREAM,
  shardLease,
  shardOf,
  WRITER_LEASES,
} from '@mcplog/protocol';
import { LeaseKeeper, type Registry } from '@mcplog/registry';
import { CaptureWriter, type CaptureWriterOptions } from './capture-writer.ts';
import { describeTarget } from './describe-target.ts';
import { EntryEncoder } from './entry-encoder.ts';
import { GroupCommit } from './group-commit.ts';
import { openFilesAllowed } from './open-files.ts';
import { ParkingStore } from './parking-store.ts';
import { leaseOf } from './rotation/log-targets.ts';
import { Rotation } from './rotation/rotation.ts';
import type { Settings } from './settings.ts';
import { type ShardPlan, ShardWriter } from './shard-writer.ts';
import { SystemWriter, takeSystemRun } from './system-writer.ts';
import { TailPublisher } from './tail-publisher.ts';
import { WriterFigures } from './writer-figures.ts';

/** A writer whose last life sign is older than this is no longer counted. */
const ALIVE_MS = 15_000;

export type WriterRegistry = Registry<'instances' | 'leases' | 'runs' | 'services'>;

export interface WriterOptions {
  readonly bus: Bus;
  readonly registry: WriterRegistry;
  readonly systemLog: SystemLog;
  readonly settings: Pick<
    Settings,
    'logDir' | 'commitIntervalMs' | 'commitBytes' | 'openFilesMax' | 'rotateBytes' | 'rotateAt'
  >;
  /** True when {@link Writer.takeHeads} will be called. */
  readonly keepHeads?: boolean;
  /** Between two tries to bring back what is parked, milliseconds. */
  readonly returnEveryMs?: number;
}

/** Holds leases on shards and writes what arrives for them. */
export class Writer {
  readonly #done = new WriterFigures();
  readonly #options: WriterOptions;
  readonly #store: ParkingStore;
  readonly #commits: GroupCommit;
  readonly #tails: TailPublisher;
  readonly #leases: LeaseKeeper;
  readonly #rotation: Rotation;
  readonly #shards = new Map<string, ShardWriter>();
  readonly #parts: CaptureWriterOptions;
  readonly #stopFollowing: () => void;

  constructor(options: WriterOptions) {
    const { bus, registry, settings } = options;
    this.#options = options;
    this.#tails = new TailPublisher(bus);
    this.#store = new ParkingStore({
      root: settings.logDir,
      filesMax: openFilesAllowed(settings.openFilesMax),
      keepHeads: options.keepHeads ?? false,
      fullBytes: settings.rotateBytes,
      onFull: (target) => this.#rotation.rotateFull(target),
      onFinding: (finding) => this.#reportFinding(finding),
      onParked: (target, error) => this.#reportParked(target, error),
      onReturned: (target) => this.#reportReturned(target),
      isOurs: (target) => this.#leases.isSafe(leaseOf(target)),
      flush: () => this.#commits.flush(),
      ...(options.returnEveryMs === undefined ? {} : { returnEveryMs: options.returnEveryMs }),
    });
    this.#commits = new GroupCommit({
      commit: () => this.#store.commit(),
      intervalMs: settings.commitIntervalMs,
      bytesMax: settings.commitBytes,
      laneOf: leaseOf,
      onFailure: (failures) => this.#takeAgain(failures),
    });
    this.#leases = new LeaseKeeper({
      table: registry.leases,
      names: WRITER_LEASES,
      shareMax: () => Math.ceil(WRITER_LEASES.length / this.#liveWriters()),
      onAcquired: (name) => this.#startShard(name),
      onLost: (name) => this.#stopShard(name),
    });
    this.#parts = {
      store: this.#store,
      commits: this.#commits,
      tails: this.#tails,
      encoder: new EntryEncoder(),
      figures: this.#done,
      onRefused: (target) => this.#takeAgain([{ target }]),
    };
    this.#rotation = new Rotation({
      ...options,
      store: this.#store.main,
      figures: this.#done,
      leases: this.#leases,
    });
    this.#stopFollowing = registry.instances.follow((id, record) => {
      if (record !== undefined) this.#createInstance(record.userId, id);
    });
    this.#leases.start();
  }

  get leases(): readonly string[] {
    return this.#leases.held;
  }

  /** What holds back writing right now, in words. */
  get problems(): readonly string[] {
    const others = [...this.#done.problems].map(([where, what]) => `${where}: ${what}`);
    return [...others, ...this.#store.problems];
  }

  /** Counts since the start, and how long the last sync took. */
  get figures(): Readonly<Record<string, number>> {
    return {
      entries: this.#done.entries,
      bytes: this.#done.bytes,
      leases: this.leases.length,
      waiting_for_sync: this.#commits.waiting,
      last_sync_ms: Math.round(this.#commits.lastCommitMs * 10) / 10,
      parked_logs: this.#store.parked,
      rotations: this.#done.rotations,
      rotation_failures: this.#done.rotationFailures,
      failing_rotations: this.#rotation.failing,
      last_rotation_ms: this.#done.lastRotationMs,
    };
  }

  /** What the active files have become since the last call, as far as it is on disk. */
  takeHeads(): Head[] {
    return this.#store.main.takeHeads();
  }

  async close(): Promise<void> {
    this.#stopFollowing();
    await this.#rotation.close();
    await this.#leases.close();
    this.#tails.close();
    await this.#store.close();
  }

  #liveWriters(): number {
    const since = Date.now() - ALIVE_MS;
    const writers = this.#options.registry.services
      .list()
      .filter((sign) => sign.app === 'log-writer' && Date.parse(sign.seenAt) > since);
    return Math.max(1, writers.length);
  }

  #startShard(name: string): void {
    const { bus } = this.#options;
    const start = async () => {
      await this.#store.adopt(name);
      const plan = name === SYSTEM_LEASE ? await this.#systemPlan() : this.#shardPlan(name);
      if (!this.#leases.isSafe(name)) return;
      const isSafe = () => this.#leases.isSafe(name);
      const onRestart = (lane: string) => this.#commits.beginAgain(lane);
      const options = { bus, store: this.#store, figures: this.#done, isSafe, onRestart };
      this.#shards.set(name, new ShardWriter(plan, options));
      for (const { id, userId } of this.#options.registry.instances.list()) {
        if (shardLease(shardOf(id)) === name) this.#createInstance(userId, id);
      }
    };
    start().catch((error) => {
      this.#done.problems.set(name, String(error));
      setTimeout(() => this.#leases.isSafe(name) && this.#startShard(name), 1_000);
    });
  }

  #shardPlan(name: string): ShardPlan {
    const shard = Number(name.slice('shard-'.length));
    const writer = new CaptureWriter(this.#parts);
    return {
      name,
      stream: CAPTURE_STREAM,
      filterSubject: captureSubject(shard),
      write: (message) => writer.write(message),
    };
  }

  async #systemPlan(): Promise<ShardPlan> {
    const { bus, registry } = this.#options;
    const streamSeq = await streamLastSeq(bus, SYSTEM_STREAM);
    const run = await takeSystemRun(registry.runs, this.#store, streamSeq);
    const onUnreadable = (subject: string) => {
      this.#done.problems.set(subject, 'a message that is no system record was dropped');
    };
    const writer = new SystemWriter(run, { ...this.#parts, onUnreadable });
    return {
      name: SYSTEM_LEASE,
      stream: SYSTEM_STREAM,
      filterSubject: 'system.*',
      write: (message) => writer.write(message),
    };
  }

  async #stopShard(name: string): Promise<void> {
    const shard = this.#shards.get(name);
    this.#shards.delete(name);
    await shard?.close();
    await this.#commits.flush();
    // Whoever writes them next may rotate them: nothing known of them here holds afterwards.
    await this.#store.release((target) => leaseOf(target) === name);
  }

  /** The folders and empty files of a new instance, so that `tail -f` works before its first line. */
  #createInstance(userId: string, instanceId: string): void {
    const name = shardLease(shardOf(instanceId));
    if (!this.#shards.has(name) || !this.#leases.isSafe(name)) return;
    this.#store.main.createInstance({ userId, instanceId }).catch((error) => {
      this.#done.problems.set(`${userId}/${instanceId}`, String(error));
    });
  }

  #takeAgain(failures: readonly Pick<CommitFailure, 'target'>[]): void {
    for (const { target } of failures) {
      this.#shards.get(leaseOf(target))?.takeAgain(target);
    }
  }

  #reportParked(target: LogTarget, error: Error): void {
    this.#options.systemLog.write('application', {
      level: 'error',
      event: 'log_parked',
      message: `${describeTarget(target)}: its file cannot be written; what comes is parked`,
      metadata: { error: error.message },
    });
  }

  #reportReturned(target: LogTarget): void {
    this.#options.systemLog.write('application', {
      level: 'info',
      event: 'log_returned',
      message: `${describeTarget(target)}: its file is written again and has all that was parked`,
    });
  }

  #reportFinding(finding: Finding): void {
    const { target, kind, ...metadata } = finding;
    this.#options.systemLog.write('application', {
      level: kind === 'torn-tail' ? 'warn' : 'error',
      event: FINDING_EVENTS[kind],
      message: `${describeTarget(target)}: ${findingInWords(finding)}`,
      metadata: { ...metadata, ...('error' in finding && { error: finding.error.message }) },
    });
  }
}

const FINDING_EVENTS = {
  'torn-tail': 'torn_tail_cut',
  'set-aside': 'file_set_aside',
  'moved-away': 'file_moved_away',
  unreadable: 'rotated_file_unreadable',
} as const satisfies Record<Finding['kind'], string>;

function findingInWords(finding: Finding): string {
  if (finding.kind === 'torn-tail') {
    return `${finding.cutBytes} bytes of an unfinished line were moved to quarantine`;
  }
  if (finding.kind === 'moved-away') {
    return 'somebody renamed or deleted this file while it was written; a new one begun';
  }
  if (finding.kind === 'unreadable') {
    return 'a rotated file cannot be read; writing goes on behind what the files before it tell';
  }
  return 'the disk failed under this file; it was set aside and a new one begun';
}
