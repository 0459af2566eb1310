/** Threads that scan, so that one search uses every core and none stops the event loop. */
import { Worker } from 'node:worker_threads';
import type { ScanGuard } from '../read/scan-guard.ts';
import {
  type AnswerMessage,
  type PackedAnswer,
  type ScanWorkerData,
  type TaskMessage,
  unpackBatch,
} from './scan-message.ts';
import type { ScanAnswer, ScanTask } from './scan-task.ts';
import { batchIn, SharedSlots } from './shared-slots.ts';

export interface ScanPoolOptions {
  /** Threads, and one more for heavy tasks; they are started when they are first needed. */
  readonly workers: number;
  /** How long a thread may go on with a task that nobody waits for; then it is replaced. */
  readonly graceMs?: number;
  /** Megabytes of JavaScript values a thread may hold. */
  readonly heapMbMax?: number;
}

export interface ScanPoolFigures {
  /** Tasks that wait for a thread. */
  readonly queued: number;
  /** Tasks that a thread has. */
  readonly running: number;
  readonly finished: number;
  /** Threads that were ended because they did not let go of a task, or died. */
  readonly replaced: number;
  /** Pieces of memory that lines are handed over in, 768 KiB each: never more than were needed at once. */
  readonly slots: number;
}

export interface ScanPool {
  /** Tasks of one search that are worth having under way at once. */
  readonly width: number;
  /**
   * Settles only when no thread reads the task's file any more, so that it may be closed.
   * @throws QueryTimeoutError, the signal's reason, or what went wrong while reading.
   */
  run(task: ScanTask, guard: ScanGuard): Promise<ScanAnswer>;
  figures(): ScanPoolFigures;
  /** Ends all threads; tasks under way are rejected. */
  close(): Promise<void>;
}

/** A thread died, or the pool was closed, while a task was under way. */
export class ScanWorkerError extends Error {
  readonly code = 'SCAN_WORKER';

  constructor(reason: string) {
    super(`a scan was lost: ${reason}`);
    this.name = 'ScanWorkerError';
  }
}

const GRACE_MS = 500;
const HEAP_MB_MAX = 256;
/** What a task leaves behind dies young; without a limit it takes 50 MB before it is swept. */
const YOUNG_MB_MAX = 8;
/** A thread has the next task at hand while it works on one. */
const TASKS_PER_WORKER = 2;
const CELLS = 1024;
/** Longest delay that a timer takes. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export function createScanPool(options: ScanPoolOptions): ScanPool {
  const pool = new WorkerPool(options);
  // Whoever asks for what takes long waits for each other, never others for them.
  const heavy = new WorkerPool({ ...options, workers: 1 });
  return {
    width: options.workers * TASKS_PER_WORKER,
    run: (task, guard) => (task.isHeavy ? heavy : pool).run(task, guard),
    figures: () => added(pool.figures(), heavy.figures()),
    close: async () => {
      await Promise.all([pool.close(), heavy.close()]);
    },
  };
}

function added(one: ScanPoolFigures, other: ScanPoolFigures): ScanPoolFigures {
  return {
    queued: one.queued + other.queued,
    running: one.running + other.running,
    finished: one.finished + other.finished,
    replaced: one.replaced + other.replaced,
    slots: one.slots + other.slots,
  };
}

/** A batch in a slot is told to be taken by its `release`; all else gives the slot back at once. */
function unpack(
  { inSlot, ...answer }: PackedAnswer,
  slot: SharedArrayBuffer | undefined,
  release: () => void,
): ScanAnswer {
  if (inSlot !== undefined && slot !== undefined) {
    return { ...answer, batches: [batchIn(slot, inSlot)], release };
  }
  release();
  return { ...answer, batches: answer.batches.map(unpackBatch) };
}

interface Job {
  readonly id: number;
  readonly task: ScanTask;
  readonly slot: SharedArrayBuffer | undefined;
  settle(outcome: AnswerMessage | Error): void;
  cell: number;
  thread: Thread | undefined;
  /** Nobody waits for it any more. */
  isCancelled: boolean;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Set<Job>;
}

class WorkerPool {
  readonly #options: ScanPoolOptions;
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(4 * CELLS));
  readonly #freeCells = Array.from({ length: CELLS }, (_, cell) => cell);
  readonly #slots = new SharedSlots();
  readonly #threads = new Set<Thread>();
  readonly #queue: Job[] = [];
  #lastId = 0;
  #finished = 0;
  #replaced = 0;
  #isClosed = false;

  constructor(options: ScanPoolOptions) {
    this.#options = options;
  }

  async run(task: ScanTask, guard: ScanGuard): Promise<ScanAnswer> {
    guard.check();
    if (this.#isClosed) throw new ScanWorkerError('the pool is closed');
    const { promise, resolve } = Promise.withResolvers<AnswerMessage | Error>();
    const id = ++this.#lastId;
    const idle = { cell: -1, thread: undefined, isCancelled: false };
    const isOneBatch = task.want === 'lines' && task.pieces.length === 1;
    const slot = isOneBatch ? this.#slots.take() : undefined;
    const job: Job = { id, task, slot, settle: resolve, ...idle };
    this.#queue.push(job);
    this.#dispatch();
    const stopWatching = this.#watch(job, guard);
    const outcome = await promise;
    stopWatching();
    const release = () => {
      if (slot !== undefined) this.#slots.give(slot);
    };
    if (!(outcome instanceof Error) && outcome.kind === 'answer') {
      return unpack(outcome.answer, slot, release);
    }
    release();
    if (outcome instanceof Error) throw outcome;
    if (outcome.kind === 'failed') throw outcome.error;
    guard.check();
    throw new ScanWorkerError('it was cancelled');
  }

  figures(): ScanPoolFigures {
    let running = 0;
    for (const { jobs } of this.#threads) running += jobs.size;
    const { length: queued } = this.#queue;
    const { made: slots } = this.#slots;
    return { queued, running, finished: this.#finished, replaced: this.#replaced, slots };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#queue.splice(0)) job.settle(new ScanWorkerError('the pool closes'));
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, 'the pool closes')));
  }

  /** Lets go of a job when its search is over; the returned function ends the watch. */
  #watch(job: Job, { signal, remainingMs }: ScanGuard): () => void {
    let graceTimer: NodeJS.Timeout | undefined;
    const cancel = () => {
      graceTimer ??= this.#cancel(job);
    };
    let timer: NodeJS.Timeout | undefined;
    // Timers fire early by up to a millisecond, and then nobody could tell why the job was cancelled.
    const atDeadline = () => {
      const left = remainingMs();
      if (left < 0) cancel();
      else timer = setTimeout(atDeadline, Math.min(Math.ceil(left) + 1, TIMER_MS_MAX));
    };
    if (remainingMs() !== Number.POSITIVE_INFINITY) atDeadline();
    signal?.addEventListener('abort', cancel);
    return () => {
      clearTimeout(timer);
      clearTimeout(graceTimer);
      signal?.removeEventListener('abort', cancel);
    };
  }

  #cancel(job: Job): NodeJS.Timeout | undefined {
    const place = this.#queue.indexOf(job);
    if (place >= 0) {
      this.#queue.splice(place, 1);
      job.settle({ id: job.id, kind: 'cancelled' });
      return undefined;
    }
    job.isCancelled = true;
    Atomics.store(this.#cancelled, job.cell, 1);
    const giveUp = () => {
      if (job.thread !== undefined) void this.#replace(job.thread);
    };
    return setTimeout(giveUp, this.#options.graceMs ?? GRACE_MS);
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = this.#threadWithRoom();
      const cell = thread === undefined ? undefined : this.#freeCells.pop();
      const job = cell === undefined ? undefined : this.#queue.shift();
      if (thread === undefined || cell === undefined || job === undefined) return;
      Atomics.store(this.#cancelled, cell, 0);
      job.cell = cell;
      job.thread = thread;
      thread.jobs.add(job);
      thread.worker.ref();
      const { id, task, slot } = job;
      const message: TaskMessage = { id, cell, task, ...(slot && { slot }) };
      thread.worker.postMessage(message);
    }
  }

  /** The idlest thread; a new one before any gets a second task. */
  #threadWithRoom(): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.#threads) {
      if (best === undefined || thread.jobs.size < best.jobs.size) best = thread;
    }
    const isIdle = best !== undefined && best.jobs.size === 0;
    if (!isIdle && this.#threads.size < this.#options.workers) return this.#start();
    return best !== undefined && best.jobs.size < TASKS_PER_WORKER ? best : undefined;
  }

  #start(): Thread {
    const data: ScanWorkerData = { cancelled: this.#cancelled };
    const worker = new Worker(new URL('./scan-worker.ts', import.meta.url), {
      workerData: data,
      name: 'scan',
      execArgv: [],
      resourceLimits: {
        maxOldGenerationSizeMb: this.#options.heapMbMax ?? HEAP_MB_MAX,
        maxYoungGenerationSizeMb: YOUNG_MB_MAX,
      },
    });
    const thread: Thread = { worker, jobs: new Set() };
    worker.on('message', (message: AnswerMessage) => this.#onAnswer(thread, message));
    worker.on('error', (error) => this.#onDeath(thread, error.message));
    worker.on('exit', () => this.#onDeath(thread, 'its thread ended'));
    // A pool that has nothing to do keeps no process alive.
    worker.unref();
    this.#threads.add(thread);
    return thread;
  }

  #onAnswer(thread: Thread, message: AnswerMessage): void {
    for (const job of thread.jobs) {
      if (job.id !== message.id) continue;
      this.#release(thread, job);
      this.#finished++;
      job.settle(message);
    }
    if (thread.jobs.size === 0) thread.worker.unref();
    this.#dispatch();
  }

  #release(thread: Thread, job: Job): void {
    thread.jobs.delete(job);
    this.#freeCells.push(job.cell);
    job.thread = undefined;
  }

  #onDeath(thread: Thread, reason: string): void {
    if (!this.#threads.delete(thread)) return;
    this.#replaced++;
    for (const job of thread.jobs) {
      this.#release(thread, job);
      job.settle(new ScanWorkerError(reason));
    }
    this.#dispatch();
  }

  /** Ends a thread that does not let go; what is still waited for goes to another one. */
  async #replace(thread: Thread): Promise<void> {
    if (!this.#threads.delete(thread)) return;
    this.#replaced++;
    await thread.worker.terminate();
    for (const job of thread.jobs) {
      this.#release(thread, job);
      if (job.isCancelled) job.settle({ id: job.id, kind: 'cancelled' });
      else this.#queue.unshift(job);
    }
    this.#dispatch();
  }

  async #end(thread: Thread, reason: string): Promise<void> {
    this.#threads.delete(thread);
    await thread.worker.terminate();
    for (const job of thread.jobs) {
      this.#release(thread, job);
      job.settle(new ScanWorkerError(reason));
    }
  }
}
