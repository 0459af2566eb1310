import {
  type CommitFailure,
  type Finding,
  type LogTarget,
  type LogWriter,
  openLogWriter,
} from '@mcplog/log-store/writer';
import { type Bus, type SystemLog, streamLastSeq } from '@mcplog/message-bus';
import {
  CAPTURE_STREAM,
  captureSubject,
  SHARD_COUNT,
  SYSTEM_STREAM,
  shardOf,
} from '@mcplog/protocol';
import type { Registry } from '@mcplog/registry';
import { CaptureWriter, type CaptureWriterOptions } from './capture-writer.ts';
import { GroupCommit } from './group-commit.ts';
import { LeaseKeeper } from './leases.ts';
import type { Settings } from './settings.ts';
import { type ShardPlan, ShardWriter } from './shard-writer.ts';
import { SystemWriter, takeSystemRun } from './system-writer.ts';
import { TailPublisher } from './tail-publisher.ts';
import { WriterFigures } from './writer-figures.ts';

const SYSTEM_LEASE = 'system';
const LEASE_NAMES = [
  SYSTEM_LEASE,
  ...Array.from({ length: SHARD_COUNT }, (_, shard) => `shard-${shard}`),
];
/** A writer whose last life sign is older than this is no longer counted. */
const ALIVE_MS = 15_000;

export type WriterRegistry = Registry<'instances' | 'leases' | 'runs' | 'services'>;

export interface WriterOptions {
  readonly bus: Bus;
  readonly registry: WriterRegistry;
  readonly systemLog: SystemLog;
  readonly settings: Pick<Settings, 'logDir' | 'commitIntervalMs' | 'commitBytes' | 'openFilesMax'>;
}

/** Holds leases on shards and writes what arrives for them. */
export class Writer {
  readonly #done = new WriterFigures();
  readonly #options: WriterOptions;
  readonly #store: LogWriter;
  readonly #commits: GroupCommit;
  readonly #leases: LeaseKeeper;
  readonly #shards = new Map<string, ShardWriter>();
  readonly #parts: CaptureWriterOptions;
  readonly #stopFollowing: () => void;

  constructor(options: WriterOptions) {
    const { bus, registry, settings } = options;
    this.#options = options;
    this.#store = openLogWriter({
      root: settings.logDir,
      filesMax: settings.openFilesMax,
      onFinding: (finding) => this.#reportFinding(finding),
    });
    this.#commits = new GroupCommit({
      commit: () => this.#store.commit(),
      intervalMs: settings.commitIntervalMs,
      bytesMax: settings.commitBytes,
      onFailure: (failures) => this.#takeAgain(failures),
    });
    this.#leases = new LeaseKeeper({
      table: registry.leases,
      names: LEASE_NAMES,
      shareMax: () => Math.ceil(LEASE_NAMES.length / this.#liveWriters()),
      onAcquired: (name) => this.#startShard(name),
      onLost: (name) => this.#stopShard(name),
    });
    this.#parts = {
      store: this.#store,
      commits: this.#commits,
      tails: new TailPublisher(bus),
      figures: this.#done,
      onRefused: (target) => this.#takeAgain([{ target }]),
    };
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
    return [...this.#done.problems].map(([where, what]) => `${where}: ${what}`);
  }

  /** Counts since the start, and how long the last sync took. */
  get figures(): Readonly<Record<string, number>> {
    return {
      entries: this.#done.entries,
      bytes: this.#done.bytes,
      leases: this.leases.length,
      waiting_for_sync: this.#commits.waiting,
      last_sync_ms: Math.round(this.#commits.lastCommitMs * 10) / 10,
    };
  }

  async close(): Promise<void> {
    this.#stopFollowing();
    await this.#leases.close();
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
      const plan = name === SYSTEM_LEASE ? await this.#systemPlan() : this.#shardPlan(name);
      if (!this.#leases.isSafe(name)) return;
      const isSafe = () => this.#leases.isSafe(name);
      const options = { bus, store: this.#store, figures: this.#done, isSafe };
      this.#shards.set(name, new ShardWriter(plan, options));
      for (const { id, userId } of this.#options.registry.instances.list()) {
        if (shardName(id) === name) this.#createInstance(userId, id);
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
  }

  /** The folders and empty files of a new instance, so that `tail -f` works before its first line. */
  #createInstance(userId: string, instanceId: string): void {
    const name = shardName(instanceId);
    if (!this.#shards.has(name) || !this.#leases.isSafe(name)) return;
    this.#store.createInstance({ userId, instanceId }).catch((error) => {
      this.#done.problems.set(`${userId}/${instanceId}`, String(error));
    });
  }

  #takeAgain(failures: readonly Pick<CommitFailure, 'target'>[]): void {
    for (const { target } of failures) {
      const name = target.kind === 'system' ? SYSTEM_LEASE : shardName(target.instanceId);
      this.#shards.get(name)?.takeAgain(target);
    }
  }

  #reportFinding(finding: Finding): void {
    const { target, kind, ...metadata } = finding;
    this.#options.systemLog.write('application', {
      level: kind === 'torn-tail' ? 'warn' : 'error',
      event: kind === 'torn-tail' ? 'torn_tail_cut' : 'file_set_aside',
      message: `${describeTarget(target)}: ${findingInWords(finding)}`,
      metadata: { ...metadata, ...('error' in finding && { error: finding.error.message }) },
    });
  }
}

function findingInWords(finding: Finding): string {
  if (finding.kind === 'torn-tail') {
    return `${finding.cutBytes} bytes of an unfinished line were moved to quarantine`;
  }
  return 'the disk failed under this file; it was set aside and a new one begun';
}

function describeTarget(target: LogTarget): string {
  if (target.kind === 'system') return `system/${target.category}.log`;
  return `user_${target.userId}/mcp_${target.instanceId}/${target.file}.log`;
}

/** The lease under which an instance is written. */
function shardName(instanceId: string): string {
  return `shard-${shardOf(instanceId)}`;
}
