import type { CommitFailure, LogTarget } from '@mcplog/log-store/writer';

export interface GroupCommitOptions {
  /** Syncs what was appended since the last call; resolves with the files that failed. */
  readonly commit: () => Promise<readonly CommitFailure[]>;
  /** Longest wait of an append for its sync, milliseconds. */
  readonly intervalMs: number;
  /** Appended bytes after which the sync starts at once. */
  readonly bytesMax: number;
  /** Told when a file could not be synced: what it held must come again. */
  readonly onFailure: (failures: readonly CommitFailure[]) => void;
}

/** One appended message waiting for its sync. */
export interface Appended {
  readonly bytes: number;
  readonly targets: readonly LogTarget[];
  /** Called once everything is on disk; not called when one of its files failed. */
  readonly onDurable: () => void;
}

/** Bytes that may wait for a sync before {@link GroupCommit.add} holds its caller back. */
const WAITING_BYTES_MAX = 64 * 2 ** 20;

/** Many appends, one fdatasync per file: acknowledges messages only when they are on disk. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Appended[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #lastMs = 0;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Milliseconds the last sync took. */
  get lastCommitMs(): number {
    return this.#lastMs;
  }

  /** Messages appended but not yet on disk. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when the next message may be appended. */
  async add(appended: Appended): Promise<void> {
    this.#waiting.push(appended);
    this.#waitingBytes += appended.bytes;
    if (this.#waitingBytes >= this.#options.bytesMax) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), this.#options.intervalMs);
    while (this.#waitingBytes > WAITING_BYTES_MAX && this.#running !== undefined) {
      await this.#running;
    }
  }

  /** Syncs and acknowledges all that was added before the call. */
  async flush(): Promise<void> {
    await this.#running;
    this.#start();
    await this.#running;
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#waitingBytes >= this.#options.bytesMax) this.#start();
      else if (this.#waiting.length > 0) {
        this.#timer ??= setTimeout(() => this.#start(), this.#options.intervalMs);
      }
    });
  }

  async #run(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const startedMs = performance.now();
    const failures = await this.#options.commit();
    this.#lastMs = performance.now() - startedMs;
    const failed = new Set(failures.map(({ target }) => targetKey(target)));
    for (const { targets, onDurable } of batch) {
      if (!targets.some((target) => failed.has(targetKey(target)))) onDurable();
    }
    if (failures.length > 0) this.#options.onFailure(failures);
  }
}

/** One word for a file, to compare targets by. */
export function targetKey(target: LogTarget): string {
  if (target.kind === 'system') return `system/${target.category}`;
  return `${target.userId}/${target.instanceId}/${target.file}`;
}
