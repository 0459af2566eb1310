import {
  nodeDisk,
  plainFileOf,
  quarantineIfLost,
  type SealFacts,
} from '@mcplog/log-store/maintenance';
import { quarantineFile } from '@mcplog/log-store/writer';
import { type Backoff, backoff } from '@mcplog/service-host';
import { pathOfPlace, type SegmentPlace } from '../segment-place.ts';
import type { Work } from './find-work.ts';
import type { SealReports } from './seal-reports.ts';
import { SealingThread } from './sealing-thread.ts';
import type { TaskEnd } from './thread-messages.ts';

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 300_000;

export interface SealQueueOptions {
  /** The log directory. */
  readonly root: string;
  readonly threads: number;
  readonly reports: SealReports;
  readonly sign: (place: SegmentPlace, facts: SealFacts) => Promise<Uint8Array>;
}

/** What became of a file at last, or at this try. */
export type SealOutcome =
  | { readonly kind: 'sealed'; readonly facts: SealFacts }
  | { readonly kind: 'mended' | 'quarantined' | 'gone' | 'stopped' }
  | { readonly kind: 'failed'; readonly problem: string };

interface Item extends Work {
  readonly waits: Backoff;
  readonly sinceMs: number;
  notBeforeMs: number;
  isRunning: boolean;
  /** Plain bytes dealt with, of twice the file. */
  bytes: number;
  waiters: ((outcome: SealOutcome) => void)[];
}

/** Rotated files on their way to being sealed, each until it is; a few at a time. */
export class SealQueue {
  readonly #options: SealQueueOptions;
  readonly #items = new Map<string, Item>();
  readonly #idle: SealingThread[];
  readonly #threads: readonly SealingThread[];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SealQueueOptions) {
    this.#options = options;
    this.#threads = Array.from({ length: options.threads }, () => new SealingThread());
    this.#idle = [...this.#threads];
  }

  /** Files that are not sealed yet. */
  get waiting(): number {
    return this.#items.size;
  }

  /** How long the first of them has been waiting, milliseconds. */
  get oldestMs(): number {
    const [first] = this.#items.values();
    return first === undefined ? 0 : Date.now() - first.sinceMs;
  }

  add(work: Work): void {
    this.#itemFor(work);
    this.#next();
  }

  /** Tries now, even if an earlier try failed a moment ago; resolves when that try has ended. */
  finish(work: Work): Promise<SealOutcome> {
    if (this.#closed) return Promise.resolve({ kind: 'stopped' });
    const item = this.#itemFor(work);
    item.notBeforeMs = 0;
    const outcome = new Promise<SealOutcome>((resolve) => item.waiters.push(resolve));
    this.#next();
    return outcome;
  }

  /** Breaks off; what is not done is found again by the next scan. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#threads.map((thread) => thread.stop()));
    for (const item of this.#items.values()) answer(item, { kind: 'stopped' });
    this.#items.clear();
  }

  #itemFor(work: Work): Item {
    const key = pathOfPlace(work.place);
    const known = this.#items.get(key);
    if (known !== undefined) return known;
    const waits = backoff({ minMs: RETRY_MIN_MS, maxMs: RETRY_MAX_MS });
    const fresh = { notBeforeMs: 0, isRunning: false, bytes: 0, waiters: [] };
    const item: Item = { ...work, waits, sinceMs: Date.now(), ...fresh };
    this.#items.set(key, item);
    return item;
  }

  #next(): void {
    clearTimeout(this.#timer);
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const [key, item] of this.#items) {
      if (this.#closed || this.#idle.length === 0) return;
      if (item.isRunning) continue;
      if (item.notBeforeMs > Date.now()) soonestMs = Math.min(soonestMs, item.notBeforeMs);
      else void this.#run(key, item);
    }
    if (soonestMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#next(), Math.max(1, soonestMs - Date.now()));
  }

  async #run(key: string, item: Item): Promise<void> {
    const thread = this.#idle.pop();
    if (thread === undefined) return;
    item.isRunning = true;
    const { place, task } = item;
    const { sign } = this.#options;
    const onProgress = (bytes: number) => {
      item.bytes = bytes;
    };
    const end = await thread.run({ place, task, sign, onProgress });
    const outcome = await this.#conclude(item, end);
    item.isRunning = false;
    this.#idle.push(thread);
    if (outcome.kind === 'failed') item.notBeforeMs = Date.now() + item.waits.nextMs();
    else this.#items.delete(key);
    answer(item, outcome);
    this.#next();
  }

  async #conclude({ place, task }: Item, end: TaskEnd): Promise<SealOutcome> {
    const { reports } = this.#options;
    if (end.kind === 'sealed') {
      reports.sealed(place, end, task === 'rebuild');
      return { kind: 'sealed', facts: end.facts };
    }
    if (end.kind === 'unreadable') return this.#quarantine({ place, task });
    if (end.kind === 'mended') return this.#concludeMending(place, end);
    if (end.kind === 'failed') {
      reports.failed(place, end.problem);
      return end;
    }
    if (end.kind === 'missing') reports.gone(place);
    return { kind: end.kind === 'missing' ? 'gone' : 'stopped' };
  }

  /** Only a file of which nothing is left to read is moved away. */
  async #concludeMending(
    place: SegmentPlace,
    end: Extract<TaskEnd, { kind: 'mended' }>,
  ): Promise<SealOutcome> {
    if (end.missing.length > 0) {
      const outcome = await this.#quarantine({ place, task: 'mend' });
      if (outcome.kind !== 'gone') return outcome;
    }
    this.#options.reports.mended(place, end);
    return { kind: 'mended' };
  }

  async #quarantine({ place, task }: Work): Promise<SealOutcome> {
    const { reports } = this.#options;
    try {
      const movedTo = await this.#moveAway({ place, task });
      if (movedTo === undefined) return { kind: 'gone' };
      reports.quarantined(place, movedTo);
      return { kind: 'quarantined' };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      reports.failed(place, `it is unreadable and cannot be moved away: ${problem}`);
      return { kind: 'failed', problem };
    }
  }

  async #moveAway({ place, task }: Work): Promise<string | undefined> {
    const { root } = this.#options;
    const { steps, name } = place;
    if (task !== 'seal') return quarantineIfLost({ disk: nodeDisk, root, steps }, name);
    const file = plainFileOf(name);
    return quarantineFile(nodeDisk, { root, steps, file, nowMs: Date.now() });
  }
}

function answer(item: Item, outcome: SealOutcome): void {
  const { waiters } = item;
  item.waiters = [];
  for (const tell of waiters) tell(outcome);
}
