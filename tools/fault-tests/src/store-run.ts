/**
 * Plays a history as log-writer does: what the bus delivers is appended, committed, acknowledged;
 * after any failure the files are resumed and everything not acknowledged comes again, in order.
 */
import {
  type CommitFailure,
  type Finding,
  type InstanceIds,
  type LogTarget,
  type LogWriter,
  openLogWriter,
} from '@mcplog/log-store/writer';
import type { MemoryDisk } from '@mcplog/test-kit';
import { type Batch, encodeLines, targetKey } from './entries.ts';
import type { History, Step } from './history.ts';
import { sealAll } from './sealing.ts';

export const ROOT = '/srv/logs';
const START_MS = Date.UTC(2025, 6, 13, 15);
/** Rounds of redelivery after which a store that works would have taken everything. */
const ROUNDS_MAX = 8;

/** The power went while the history was played: nothing after it happened. */
export class StoppedError extends Error {}

export class StoreRun {
  readonly disk: MemoryDisk;
  readonly acked = new Set<Batch>();
  /** Everything the bus holds or held, in order. */
  readonly delivered: Batch[];
  readonly created: InstanceIds[] = [];
  readonly findings: Finding[] = [];
  readonly #filesMax: number | undefined;
  readonly #blocked = new Map<string, LogTarget>();
  #writer: LogWriter | undefined;
  #appended: Batch[] = [];
  /** On disk, and acknowledged once all before them are. */
  readonly #durable = new Set<Batch>();
  #nowMs = START_MS;

  constructor(disk: MemoryDisk, { filesMax }: Pick<History, 'filesMax'>, before?: StoreRun) {
    this.disk = disk;
    this.#filesMax = filesMax;
    this.delivered = [...(before?.delivered ?? [])];
    for (const batch of before?.acked ?? []) this.acked.add(batch);
    this.created.push(...(before?.created ?? []));
    if (before !== undefined) this.#nowMs = before.#nowMs + 1000;
  }

  /** @throws StoppedError when the power goes. */
  async play(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#guard(() => this.#do(step));
  }

  /** Starts a writer and redelivers until all is acknowledged. @throws when it never is. */
  async settle(): Promise<void> {
    await this.#guard(async () => {
      for (let round = 0; round < ROUNDS_MAX; round++) {
        this.#redeliver();
        await this.#commit();
        if (this.delivered.every((batch) => this.acked.has(batch))) return;
      }
      throw new Error(`not everything is acknowledged after ${ROUNDS_MAX} redeliveries`);
    });
  }

  /** Opens every one of these logs once, as a writer that has nothing to write. */
  async touch(targets: readonly LogTarget[]): Promise<number[]> {
    const seqs = targets.map((target) => this.#open().lastSeq(target));
    await this.stop();
    return seqs;
  }

  async stop(): Promise<void> {
    // As with a kill: what a writer cannot set aside before it ends, nobody can tell from whole files.
    const mustWait = () => this.#appended.length > 0 || this.#blocked.size > 0;
    for (let round = 0; mustWait() && round < ROUNDS_MAX; round++) await this.#commit();
    const writer = this.#writer;
    this.#writer = undefined;
    try {
      const failures = await writer?.close();
      if (failures !== undefined) this.#acknowledge(failures);
    } catch (error) {
      // A process that cannot close its files ends all the same; nothing was acknowledged.
      if (this.disk.isOff) throw error;
    }
  }

  async #guard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (this.disk.isOff) throw new StoppedError();
      throw error;
    }
    if (this.disk.isOff) throw new StoppedError();
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case 'deliver':
        this.#deliver(step.batch);
        return;
      case 'commit':
        await this.#commit();
        return;
      case 'commit while':
        await this.#beside(
          () => this.#commit(),
          async () => {
            this.#deliver(step.batch);
            await this.#commit();
          },
        );
        return;
      case 'rotate':
        await this.#rotate(step.target);
        return;
      case 'rotate while':
        await this.#beside(
          () => this.#rotate(step.target),
          async () => this.#deliver(step.batch),
        );
        return;
      case 'seal':
        await this.#seal();
        return;
      case 'seal while':
        await this.#beside(
          () => this.#seal(),
          async () => {
            this.#deliver(step.batch);
            await this.#commit();
          },
        );
        return;
      case 'create':
        await this.#create(step.ids);
        return;
      case 'reopen':
        await this.stop();
        this.#restart();
        return;
      case 'kill':
        // Nobody can know of a sync that failed when the process died before it set the file aside.
        if (this.#blocked.size > 0) this.#redeliver();
        if (this.#blocked.size === 0) this.#writer = undefined;
        this.#restart();
        return;
    }
  }

  /** Starts one, does the other meanwhile, and leaves nothing running. */
  async #beside(first: () => Promise<void>, second: () => Promise<void>): Promise<void> {
    const both = [first(), second()];
    await Promise.allSettled(both);
    await Promise.all(both);
  }

  /** What cannot be rotated now is rotated another time. */
  async #rotate(target: LogTarget): Promise<void> {
    try {
      await this.#open().rotate(target);
    } catch (error) {
      if (this.disk.isOff) throw error;
    }
  }

  async #seal(): Promise<void> {
    try {
      await sealAll(this.disk, ROOT);
    } catch (error) {
      if (this.disk.isOff) throw error;
    }
  }

  async #create(ids: InstanceIds): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      try {
        await this.#open().createInstance(ids);
        if (!this.disk.isOff) this.created.push(ids);
        return;
      } catch (error) {
        if (this.disk.isOff) throw error;
        for (const file of ['app', 'access', 'error'] as const) {
          this.#tryResume({ kind: 'instance', ...ids, file });
        }
      }
    }
  }

  #open(): LogWriter {
    for (let start = 1; this.#writer === undefined; start++) {
      try {
        this.#writer = this.#start();
      } catch (error) {
        // A process that cannot start is started again.
        if (this.disk.isOff || start === ROUNDS_MAX) throw error;
      }
    }
    return this.#writer;
  }

  #start(): LogWriter {
    return openLogWriter({
      root: ROOT,
      disk: this.disk,
      onFinding: (finding) => this.findings.push(finding),
      now: () => this.#nowMs++,
      ...(this.#filesMax === undefined ? {} : { filesMax: this.#filesMax }),
    });
  }

  /** A new process: it knows nothing of its predecessor's troubles. */
  #restart(): void {
    this.#blocked.clear();
    this.#appended = [];
    this.#redeliver();
  }

  #redeliver(): void {
    this.#durable.clear();
    for (const target of this.#blocked.values()) this.#tryResume(target);
    this.#appended = [];
    for (const batch of this.delivered) {
      if (!this.acked.has(batch) && !this.#append(batch)) return;
    }
  }

  #tryResume(target: LogTarget): void {
    try {
      this.#open().resume(target);
      this.#blocked.delete(targetKey(target));
    } catch (error) {
      if (this.disk.isOff) throw error;
    }
  }

  #deliver(batch: Batch): void {
    this.delivered.push(batch);
    // While a file refuses, the bus holds later messages back.
    if (this.#blocked.size === 0) this.#append(batch);
  }

  #append(batch: Batch): boolean {
    for (const { target, entries } of batch) {
      try {
        const writer = this.#open();
        const lastSeq = writer.lastSeq(target);
        const fresh = entries.filter(({ metadata }) => metadata.seq > lastSeq);
        const [first, last] = [fresh[0], fresh.at(-1)];
        if (first === undefined || last === undefined) continue;
        const range = { firstSeq: first.metadata.seq, lastSeq: last.metadata.seq };
        writer.append(target, encodeLines(fresh), { ...range, count: fresh.length });
      } catch (error) {
        if (this.disk.isOff) throw error;
        this.#blocked.set(targetKey(target), target);
        return false;
      }
    }
    this.#appended.push(batch);
    return true;
  }

  async #commit(): Promise<void> {
    const batches = this.#appended;
    this.#appended = [];
    const failures = await this.#open().commit();
    if (this.disk.isOff) throw new StoppedError();
    this.#acknowledge(failures, batches);
    if (this.#blocked.size > 0) this.#redeliver();
  }

  #acknowledge(failures: readonly CommitFailure[], batches = this.#appended): void {
    if (this.disk.isOff) return;
    for (const { target } of failures) this.#blocked.set(targetKey(target), target);
    const failed = new Set(failures.map(({ target }) => targetKey(target)));
    for (const batch of batches) {
      if (batch.some(({ target }) => failed.has(targetKey(target)))) break;
      this.#durable.add(batch);
    }
    for (const batch of this.delivered) {
      if (!this.acked.has(batch) && !this.#durable.delete(batch)) return;
      this.acked.add(batch);
    }
  }
}
