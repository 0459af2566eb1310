/** Seals files in as many threads as there are cores, so that a large store is there soon. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { RotatedFile } from './sealed-store.ts';

/** Rotated files that may wait: each takes 50 MB of disk. */
const WAITING_MAX = 4;

export class SealThreads {
  readonly #idle: Worker[];
  readonly #all: readonly Worker[];
  readonly #running = new Set<Promise<void>>();

  constructor() {
    const entry = new URL('./seal-thread.ts', import.meta.url);
    this.#all = Array.from({ length: availableParallelism() }, () => new Worker(entry));
    this.#idle = [...this.#all];
  }

  /** Resolves when the next file may come, not when this one is sealed. */
  async seal(file: RotatedFile): Promise<void> {
    const sealing = this.#sealOne(file);
    this.#running.add(sealing);
    void sealing.finally(() => this.#running.delete(sealing)).catch(() => undefined);
    while (this.#running.size >= WAITING_MAX) await Promise.race(this.#running);
  }

  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  async #sealOne(file: RotatedFile): Promise<void> {
    while (this.#idle.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const worker = this.#idle.pop() as Worker;
    // `once` rejects when the thread fails instead.
    const sealed = once(worker, 'message');
    worker.postMessage(file);
    await sealed;
    this.#idle.push(worker);
  }
}
