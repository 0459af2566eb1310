import type { CommitFailure, LogTarget } from '@mcplog/log-store/writer';

export interface GroupCommitOptions {
  /** Syncs what was appended since the last call; resolves with the files that failed. */
  readonly commit: () => Promise<readonly CommitFailure[]>;
  /** Longest wait of an append for its sync, milliseconds. */
  readonly intervalMs: number;
  /** Appended bytes after which the sync starts at once. */
  readonly bytesMax: number;
  /** The stream a file's entries come by, acknowledged in order; default: all come by one. */
  readonly laneOf?: (target: LogTarget) => string;
  /** Told when a file could not be synced: what it held must come again. */
  readonly onFailure: (failures: readonly CommitFailure[]) => void;
}

/** One appended message waiting for its sync. */
export interface Appended {
  readonly bytes: number;
  readonly targets: readonly LogTarget[];
  /** Called once this and all before it in its lane is on disk; not called when a file failed. */
  readonly onDurable: () => void;
}

/** Of one lane: what was added before its last failure comes again and is not acknowledged here. */
interface Lane {
  failures: number;
  isHeld: boolean;
}

interface Waiting extends Appended {
  readonly lane: Lane | undefined;
  /** Failures of the lane when it was added. */
  readonly failures: number;
}

/** Bytes that may wait for a sync before {@link GroupCommit.add} holds its caller back. */
const WAITING_BYTES_MAX = 64 * 2 ** 20;

/**
 * Many appends, one fdatasync per file: acknowledges messages only when they are on disk, and each
 * lane's strictly in order. Were a later message acknowledged while an earlier one must come again,
 * the earlier one could begin the successor of a file that was set aside, and readers would take the
 * later one's lines in the old file for repetitions.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #lanes = new Map<string, Lane>();
  #waiting: Waiting[] = [];
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
    const lane = this.#laneOf(appended.targets);
    // Its lane begins again before it: it comes again too.
    if (lane?.isHeld === true) return;
    this.#waiting.push({ ...appended, lane, failures: lane?.failures ?? 0 });
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

  /** After a failure: what is added from now on begins at the first message not acknowledged. */
  beginAgain(lane: string): void {
    const known = this.#lanes.get(lane);
    if (known !== undefined) known.isHeld = false;
  }

  #laneOf([target]: readonly LogTarget[]): Lane | undefined {
    if (target === undefined) return undefined;
    const { laneOf = () => '' } = this.#options;
    const name = laneOf(target);
    const lane = this.#lanes.get(name) ?? { failures: 0, isHeld: false };
    this.#lanes.set(name, lane);
    return lane;
  }

  #hold({ target }: CommitFailure): void {
    const lane = this.#laneOf([target]);
    if (lane === undefined) return;
    lane.failures++;
    lane.isHeld = true;
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
    const isFailed = ({ targets }: Appended) => targets.some((one) => failed.has(targetKey(one)));
    const lost = new Set<Lane | undefined>();
    for (const appended of batch) {
      const { lane, failures: failuresThen, onDurable } = appended;
      if (isFailed(appended)) lost.add(lane);
      const isOutrun = lane !== undefined && (lost.has(lane) || lane.failures !== failuresThen);
      if (!isOutrun) onDurable();
    }
    for (const failure of failures) this.#hold(failure);
    if (failures.length > 0) this.#options.onFailure(failures);
  }
}

/** One word for a file, to compare targets by. */
export function targetKey(target: LogTarget): string {
  if (target.kind === 'system') return `system/${target.category}`;
  return `${target.userId}/${target.instanceId}/${target.file}`;
}
