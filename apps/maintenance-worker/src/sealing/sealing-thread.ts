import { Worker } from 'node:worker_threads';
import type { SealFacts } from '@mcplog/log-store/maintenance';
import type { SegmentPlace } from '../segment-place.ts';
import type { FromThread, SealTask, TaskEnd, ToThread } from './thread-messages.ts';

const PROGRAM = new URL('./seal-thread.ts', import.meta.url);
/** A thread that does not stop by itself is ended: sealing may be broken off anywhere. */
const STOP_PATIENCE_MS = 1_000;

export interface TaskOptions {
  readonly task: SealTask;
  readonly place: SegmentPlace;
  readonly sign: (place: SegmentPlace, facts: SealFacts) => Promise<Uint8Array>;
  /** Plain bytes dealt with, of twice the file. */
  readonly onProgress?: (bytes: number) => void;
}

interface Running {
  readonly options: TaskOptions;
  readonly end: PromiseWithResolvers<TaskEnd>;
}

/** One thread that seals; it is started when it is needed, and again when it died. */
export class SealingThread {
  #worker: Worker | undefined;
  #running: Running | undefined;

  /** Never rejects. One task at a time. */
  async run(options: TaskOptions): Promise<TaskEnd> {
    const end = Promise.withResolvers<TaskEnd>();
    this.#running = { options, end };
    const { task, place } = options;
    const { directory, steps, name } = place;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ kind: 'start', task, directory, steps, name } satisfies ToThread);
    const reached = await end.promise;
    this.#running = undefined;
    return reached;
  }

  /** Breaks off what is being done and ends the thread. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const running = this.#running;
    if (running !== undefined) {
      worker.postMessage({ kind: 'stop' } satisfies ToThread);
      const patience = new Promise((resolve) => setTimeout(resolve, STOP_PATIENCE_MS).unref());
      await Promise.race([running.end.promise, patience]);
    }
    this.#worker = undefined;
    running?.end.resolve({ kind: 'stopped' });
    await worker.terminate();
  }

  #start(): Worker {
    const worker = new Worker(PROGRAM);
    const died = (problem: string) => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#running?.end.resolve({ kind: 'failed', problem });
    };
    worker.on('message', (message: FromThread) => this.#hear(message));
    worker.on('error', (error) => died(`the sealing thread died: ${String(error)}`));
    worker.on('exit', () => died('the sealing thread ended'));
    return worker;
  }

  #hear(message: FromThread): void {
    const running = this.#running;
    if (running === undefined) return;
    if (message.kind === 'progress') running.options.onProgress?.(message.bytes);
    if (message.kind === 'ended') running.end.resolve(withBuffers(message.end));
    if (message.kind === 'sign') void this.#sign(running.options, message.facts);
  }

  async #sign({ place, sign }: TaskOptions, facts: SealFacts): Promise<void> {
    const worker = this.#worker;
    const answer = (message: ToThread) => worker?.postMessage(message);
    try {
      answer({ kind: 'signed', seal: await sign(place, factsWithBuffers(facts)) });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      answer({ kind: 'not-signed', problem: `the seal could not be signed: ${problem}` });
    }
  }
}

function withBuffers(end: TaskEnd): TaskEnd {
  return end.kind === 'sealed' ? { ...end, facts: factsWithBuffers(end.facts) } : end;
}

/** Buffers cross threads as plain arrays of bytes. */
function factsWithBuffers(facts: SealFacts): SealFacts {
  const { plainSha256, root, indexSha256 } = facts;
  return {
    ...facts,
    plainSha256: Buffer.from(plainSha256),
    root: Buffer.from(root),
    indexSha256: Buffer.from(indexSha256),
  };
}
