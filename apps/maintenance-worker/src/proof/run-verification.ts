/** Verifies in a thread of its own: signing and sealing go on meanwhile. */
import { Worker } from 'node:worker_threads';
import type { Counts, Finding } from '@mcplog/log-proof';
import type { VerifyOptions } from '../proof-port.ts';
import type { Settings } from '../settings.ts';

const PROGRAM = new URL('./verify-thread.ts', import.meta.url);

/** What the thread is given. */
export interface VerifyTask {
  readonly logs: string;
  readonly data: string;
  readonly user?: string;
  readonly instance?: string;
}

export interface VerifyResult {
  readonly findings: number;
  /** The first ones; `mcplog verify` lists all. */
  readonly first: readonly Finding[];
  readonly counts: Readonly<Counts>;
  /** `number:hash`, null before the first. */
  readonly checkpoint: string | null;
  readonly roots: Readonly<Record<string, string>>;
}

export type FromVerifyThread =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'done'; readonly result: VerifyResult }
  | { readonly kind: 'failed'; readonly problem: string };

/** @throws the signal's reason; Error when the store could not be read */
export async function runVerification(
  { logDir: logs, dataDir: data }: Pick<Settings, 'logDir' | 'dataDir'>,
  { user, instance, signal, onProgress }: VerifyOptions,
): Promise<VerifyResult> {
  signal.throwIfAborted();
  const task: VerifyTask = {
    logs,
    data,
    ...(user === undefined ? {} : { user }),
    ...(instance === undefined ? {} : { instance }),
  };
  const worker = new Worker(PROGRAM, { workerData: task });
  const end = Promise.withResolvers<VerifyResult>();
  const abort = () => end.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  worker.on('message', (message: FromVerifyThread) => {
    if (message.kind === 'progress') onProgress(message.done, message.total);
    if (message.kind === 'done') end.resolve(message.result);
    if (message.kind === 'failed') end.reject(new Error(message.problem));
  });
  worker.on('error', (error) => end.reject(error));
  worker.on('exit', () => end.reject(new Error('the verifying thread ended')));
  try {
    return await end.promise;
  } finally {
    signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}
