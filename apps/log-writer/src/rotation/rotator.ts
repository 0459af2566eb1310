import type { LogTarget, LogWriter, RotatedFile } from '@mcplog/log-store/writer';
import type { Bus, SystemLog } from '@mcplog/message-bus';
import { ROTATED_SUBJECT, type RotatedNotice } from '@mcplog/protocol';
import { backoff } from '@mcplog/service-host';
import { describeTarget } from '../describe-target.ts';
import { targetKey } from '../group-commit.ts';
import type { WriterFigures } from '../writer-figures.ts';

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** Of files that fail at the same time, so many are told one by one: a read-only disk fails all. */
const FAILURES_TOLD_MAX = 20;
const PROBLEM = 'rotation';

export interface RotatorOptions {
  readonly store: LogWriter;
  readonly bus: Bus;
  readonly systemLog: SystemLog;
  readonly figures: WriterFigures;
  /** Bytes at which a file is rotated. */
  readonly fullBytes: number;
  /** False when another writer might own the log. */
  readonly isOurs: (target: LogTarget) => boolean;
}

/** What became of a file: `left` when it was empty, missing, or somebody else's. */
export type RotateOutcome = 'rotated' | 'left' | 'failed';

/** Rotates files, tells who seals them, and counts. */
export class Rotator {
  readonly #options: RotatorOptions;
  /** Full files whose rotation is under way or will be tried again. */
  readonly #full = new Set<string>();
  /** Why, by file. */
  readonly #failing = new Map<string, string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(options: RotatorOptions) {
    this.#options = options;
  }

  /** Files whose last rotation failed. */
  get failing(): number {
    return this.#failing.size;
  }

  /** Never rejects: a failure is a problem of this service until a later try succeeds. */
  async rotate(target: LogTarget): Promise<RotateOutcome> {
    const { store, isOurs, figures } = this.#options;
    if (this.#closed || !isOurs(target)) return 'left';
    try {
      const rotated = await store.rotate(target);
      this.#succeeded(target);
      if (rotated === undefined) return 'left';
      figures.rotations++;
      figures.lastRotationMs = Date.now();
      this.#tell(rotated);
      return 'rotated';
    } catch (error) {
      this.#failed(target, error);
      return 'failed';
    }
  }

  /** Rotates a file that has become too long, and does not give up. */
  rotateFull(target: LogTarget): void {
    const key = targetKey(target);
    if (this.#full.has(key)) return;
    this.#full.add(key);
    const waits = backoff({ minMs: RETRY_MIN_MS, maxMs: RETRY_MAX_MS });
    const attempt = async () => {
      // The next file may fill up while this one is being rotated.
      while (this.#isFull(target)) {
        const outcome = await this.rotate(target);
        if (outcome === 'failed') return this.#later(attempt, waits.nextMs());
        if (outcome === 'left') break;
      }
      this.#full.delete(key);
    };
    // Not within the append that filled it.
    setImmediate(() => void attempt());
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #isFull(target: LogTarget): boolean {
    const { store, fullBytes } = this.#options;
    return (store.look(target)?.bytes ?? 0) >= fullBytes;
  }

  #later(attempt: () => Promise<void>, ms: number): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void attempt();
    }, ms);
    this.#timers.add(timer);
  }

  /** A notice that is lost is made up for by the worker's own scan. */
  #tell({ target, name: { log, day, number } }: RotatedFile): void {
    const owner =
      target.kind === 'system'
        ? ({ kind: 'system' } as const)
        : ({ kind: 'instance', userId: target.userId, instanceId: target.instanceId } as const);
    const notice = { owner, log, day, number } as RotatedNotice;
    this.#options.bus.publish(ROTATED_SUBJECT, JSON.stringify(notice));
  }

  #succeeded(target: LogTarget): void {
    if (this.#failing.delete(describeTarget(target))) this.#showProblem();
  }

  #failed(target: LogTarget, error: unknown): void {
    const { figures, systemLog } = this.#options;
    const file = describeTarget(target);
    const message = error instanceof Error ? error.message : String(error);
    const isNew = !this.#failing.has(file);
    figures.rotationFailures++;
    this.#failing.set(file, message);
    this.#showProblem();
    if (!isNew || this.#failing.size > FAILURES_TOLD_MAX) return;
    systemLog.write('application', {
      level: 'error',
      event: 'rotation_failed',
      message: `${file} could not be rotated; it will be tried again`,
      metadata: { ...target, error: message },
    });
  }

  #showProblem(): void {
    const { problems } = this.#options.figures;
    const [first] = this.#failing;
    if (first === undefined) problems.delete(PROBLEM);
    else {
      const [file, message] = first;
      problems.set(PROBLEM, `${this.#failing.size} files fail, such as ${file}: ${message}`);
    }
  }
}
