/** The job `rotate`: asks all log-writers until every lease of the scope is dealt with. */
import type { Bus } from '@mcplog/message-bus';
import {
  ROTATE_SUBJECT,
  RotateProgress,
  shardLease,
  shardOf,
  WRITER_LEASES,
} from '@mcplog/protocol';
import { pause } from '@mcplog/service-host';
import { Compile } from 'typebox/compile';
import { JobIncompleteError, type JobResult, type JobWork, NAMES_TOLD_MAX } from './job-work.ts';

/** A writer that says nothing for so long does not rotate, or is gone. */
const SILENCE_MS = 10_000;
/** The same when all that were heard of are done: a lease may just be on its way to another. */
const LATECOMERS_MS = 2_000;
const PAUSE_MS = 1_000;
/** Rounds in which no lease was dealt with, before the job gives up: a lease moves within 6 s. */
const VAIN_ROUNDS_MAX = 4;
const progress = Compile(RotateProgress);

export interface RotateJobOptions {
  readonly bus: Bus;
  /** Shorter in tests. */
  readonly silenceMs?: number;
}

interface Sums {
  done: number;
  total: number;
  rotated: number;
  readonly failures: string[];
}

/** @throws JobIncompleteError, the signal's reason */
export async function runRotateJob(
  { bus, silenceMs = SILENCE_MS }: RotateJobOptions,
  work: JobWork,
): Promise<JobResult> {
  const left = new Set(leasesOf(work));
  const sums: Sums = { done: 0, total: 0, rotated: 0, failures: [] };
  for (let vain = 0; left.size > 0 && vain < VAIN_ROUNDS_MAX; ) {
    const before = left.size;
    await askOnce({ bus, silenceMs }, { work, left, sums });
    work.signal.throwIfAborted();
    vain = left.size < before ? 0 : vain + 1;
    if (left.size > 0) await pause(PAUSE_MS, work.signal);
    work.signal.throwIfAborted();
  }
  const { rotated, failures } = sums;
  const result = { rotated, failed: failures.slice(0, NAMES_TOLD_MAX) };
  if (left.size > 0) {
    throw new JobIncompleteError(`no log-writer answered for ${[...left].join(', ')}`, result);
  }
  if (failures.length > 0) {
    throw new JobIncompleteError(`${failures.length} files could not be rotated`, result);
  }
  return result;
}

function leasesOf({ user, instance }: JobWork): readonly string[] {
  if (instance !== undefined) return [shardLease(shardOf(instance))];
  if (user === undefined) return WRITER_LEASES;
  return WRITER_LEASES.filter((lease) => lease.startsWith('shard-'));
}

interface Round {
  readonly work: JobWork;
  readonly left: Set<string>;
  readonly sums: Sums;
}

/** One question; resolves when all have answered, or when nobody says anything any more. */
async function askOnce(
  { bus, silenceMs }: Required<RotateJobOptions>,
  { work, left, sums }: Round,
): Promise<void> {
  const { signal, onProgress, user, instance } = work;
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  let silence = setTimeout(end, silenceMs);
  const running = new Map<string, RotateProgress>();
  const scope = {
    ...(user !== undefined && { user }),
    ...(instance !== undefined && { instance }),
  };
  const question = JSON.stringify({ leases: [...left], ...scope });
  const stop = bus.ask(ROTATE_SUBJECT, question, (answer) => {
    const said = parse(answer);
    if (said === undefined) return;
    running.set(said.writer, said);
    if (said.isLast) {
      running.delete(said.writer);
      add(sums, said);
      for (const lease of said.leases) left.delete(lease);
      if (left.size === 0) end();
    }
    clearTimeout(silence);
    const waitMs = running.size === 0 ? Math.min(silenceMs, LATECOMERS_MS) : silenceMs;
    silence = setTimeout(end, waitMs);
    const now = [...running.values()];
    const sum = (of: (one: RotateProgress) => number) => now.reduce((all, one) => all + of(one), 0);
    onProgress(sums.done + sum((one) => one.done), sums.total + sum((one) => one.total));
  });
  signal.addEventListener('abort', () => end(), { once: true });
  if (signal.aborted) end();
  await over;
  clearTimeout(silence);
  stop();
}

function add(sums: Sums, { done, total, rotated, failures }: RotateProgress): void {
  sums.done += done;
  sums.total += total;
  sums.rotated += rotated;
  sums.failures.push(...failures);
}

function parse(answer: Buffer): RotateProgress | undefined {
  try {
    const value: unknown = JSON.parse(answer.toString('utf8'));
    return progress.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
