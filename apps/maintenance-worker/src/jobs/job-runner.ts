import type { SystemLog } from '@mcplog/message-bus';
import type { JobKind, JobRecord } from '@mcplog/protocol';
import type { Registry } from '@mcplog/registry';
import { pause } from '@mcplog/service-host';
import type { WorkerFigures } from '../worker-figures.ts';
import { JobIncompleteError, type JobResult, type JobWork } from './job-work.ts';

/** Progress is written at most once in this time. */
const TELL_EVERY_MS = 1_000;
const RETRY_MS = 2_000;
/** Ended jobs that are kept; older ones are deleted. */
const ENDED_MAX = 200;

export interface JobRunnerOptions {
  readonly jobs: Registry<'jobs'>['jobs'];
  readonly systemLog: SystemLog;
  readonly figures: WorkerFigures;
  readonly work: Readonly<Record<JobKind, (work: JobWork) => Promise<JobResult>>>;
}

/**
 * Runs queued jobs, one after the other, oldest first. A job that a dead worker left running is run
 * again from its beginning: each of them may be repeated.
 */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #stopFollowing: () => void;
  readonly #closing = new AbortController();
  #current: { readonly id: string; readonly abort: AbortController } | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#stopFollowing = options.jobs.follow((id, job) => this.#see(id, job));
  }

  /** Breaks off; the next worker runs the same job again. */
  async close(): Promise<void> {
    this.#stopFollowing();
    this.#closing.abort();
    this.#current?.abort.abort(new Error('the worker stops'));
    await this.#loop;
  }

  #see(id: string, job: JobRecord | undefined): void {
    if (this.#current?.id === id && (job === undefined || job.cancelRequested)) {
      this.#current.abort.abort(new Error('cancelled'));
    }
    if (job !== undefined && isOpen(job)) this.#wake();
  }

  #wake(): void {
    if (this.#closing.signal.aborted) return;
    this.#loop ??= this.#runAll().finally(() => {
      this.#loop = undefined;
      if (this.#next() !== undefined) this.#wake();
    });
  }

  #next(): JobRecord | undefined {
    const open = this.#options.jobs.list().filter(isOpen);
    return open.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1))[0];
  }

  async #runAll(): Promise<void> {
    // Not within the listener that woke us.
    await Promise.resolve();
    for (let job = this.#next(); job !== undefined; job = this.#next()) {
      if (this.#closing.signal.aborted) return;
      try {
        await this.#run(job);
        await this.#forgetOld();
      } catch {
        // The bus is away: the job's record says what is left to do.
        await pause(RETRY_MS, this.#closing.signal);
      }
    }
  }

  async #run(job: JobRecord): Promise<void> {
    const { jobs } = this.#options;
    const abort = new AbortController();
    this.#current = { id: job.id, abort };
    try {
      const startedAt = new Date().toISOString();
      const begun = await jobs.update(job.id, (now) => {
        if (now === undefined || !isOpen(now)) return undefined;
        if (now.cancelRequested) return { ...now, status: 'cancelled', finishedAt: startedAt };
        return { ...now, status: 'running', startedAt, done: 0, total: 0 };
      });
      if (begun?.status !== 'running') return;
      const end = await this.#work(begun, abort.signal);
      if (this.#closing.signal.aborted) return;
      await this.#conclude(begun, end);
    } finally {
      this.#current = undefined;
    }
  }

  async #work(job: JobRecord, signal: AbortSignal): Promise<Partial<JobRecord>> {
    const { user, instance } = job;
    // What was told last may be behind: the end tells all of it.
    let progress = { done: 0, total: 0 };
    const show = this.#progressOf(job.id);
    const onProgress = (done: number, total: number) => {
      progress = { done, total };
      show(done, total);
    };
    const scope = {
      ...(user !== undefined && { user }),
      ...(instance !== undefined && { instance }),
    };
    try {
      const result = await this.#options.work[job.kind]({ ...scope, signal, onProgress });
      return { status: 'done', result, ...progress, done: progress.total };
    } catch (error) {
      if (signal.aborted) return { status: 'cancelled', ...progress };
      const message = error instanceof Error ? error.message : String(error);
      const result = error instanceof JobIncompleteError ? { result: error.result } : {};
      return { status: 'failed', error: message, ...result, ...progress };
    }
  }

  #progressOf(id: string): (done: number, total: number) => void {
    let toldMs = 0;
    return (done, total) => {
      if (performance.now() - toldMs < TELL_EVERY_MS) return;
      toldMs = performance.now();
      const { jobs } = this.#options;
      const show = (now: JobRecord | undefined) =>
        now?.status === 'running' ? { ...now, done, total } : undefined;
      // Progress that cannot be told is made up for by the next.
      jobs.update(id, show).catch(() => undefined);
    };
  }

  async #conclude({ id, kind }: JobRecord, end: Partial<JobRecord>): Promise<void> {
    const { jobs, figures, systemLog } = this.#options;
    const finishedAt = new Date().toISOString();
    const job = await jobs.update(id, (now) => {
      return now === undefined ? undefined : { ...now, ...end, finishedAt };
    });
    if (end.status === 'failed') figures.jobsFailed++;
    else figures.jobsDone++;
    systemLog.write('application', {
      level: end.status === 'failed' ? 'error' : 'info',
      event: `job_${end.status}`,
      message: `${kind} ${id} ${end.status}${end.error === undefined ? '' : `: ${end.error}`}`,
      metadata: { jobId: id, kind, result: job?.result },
    });
  }

  async #forgetOld(): Promise<void> {
    const { jobs } = this.#options;
    const ended = jobs.list().filter((job) => !isOpen(job));
    const newestFirst = ended.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    for (const { id } of newestFirst.slice(ENDED_MAX)) await jobs.delete(id);
  }
}

function isOpen({ status }: JobRecord): boolean {
  return status === 'queued' || status === 'running';
}
