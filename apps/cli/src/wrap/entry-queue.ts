import type { SpoolFile } from './spool-file.ts';

export interface EntryQueueLimits {
  /** Entries held in memory; past it they go to the spool at once. */
  readonly memoryBytesMax: number;
  /** Entries of this run in memory and spool together. */
  readonly bytesMax: number;
}

export interface Batch {
  /** Each with its line feed. */
  readonly lines: readonly Buffer[];
}

const LIMITS: EntryQueueLimits = { memoryBytesMax: 256 * 1024, bytesMax: 64 * 1024 * 1024 };

/**
 * Entries that wait for the platform, oldest first: those in the spool, then those in memory.
 * While the platform answers they never touch the disk.
 */
export class EntryQueue {
  readonly #spool: SpoolFile | undefined;
  readonly #limits: EntryQueueLimits;
  #memory: Buffer[] = [];
  #memoryBytes = 0;
  #oldestAtTick: Buffer | undefined;
  #lost = 0;
  #problem: string | undefined;

  /** Without a spool (its folder cannot be written) memory is all there is. */
  constructor(spool: SpoolFile | undefined, limits: EntryQueueLimits = LIMITS) {
    this.#spool = spool;
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#memory.length === 0 && this.#spoolBytes === 0;
  }

  get #spoolBytes(): number {
    return this.#spool?.bytes ?? 0;
  }

  /** False when there is no room: the entry is counted as lost. */
  add(line: Buffer): boolean {
    if (this.#spoolBytes + this.#memoryBytes + line.length > this.#limits.bytesMax) {
      this.#lost++;
      return false;
    }
    this.#memory.push(line);
    this.#memoryBytes += line.length;
    if (this.#memoryBytes > this.#limits.memoryBytesMax) this.spill();
    return true;
  }

  /** Moves what is in memory to the spool; it stays in memory while the disk refuses it. */
  spill(): void {
    if (this.#spool === undefined || this.#memory.length === 0) return;
    try {
      this.#spool.append(this.#memory);
      this.#memory = [];
      this.#memoryBytes = 0;
      this.#problem = undefined;
    } catch (error) {
      this.#problem = `the spool cannot be written: ${(error as Error).message}`;
    }
  }

  /** Called at a steady pace: what has been in memory since the last time goes to the spool. */
  tick(): void {
    const [oldest] = this.#memory;
    if (oldest !== undefined && oldest === this.#oldestAtTick) this.spill();
    this.#oldestAtTick = this.#memory[0];
  }

  /** Why the last spill failed. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The oldest entries. They stay until they are dropped. */
  peek(limits: { readonly lines: number; readonly bytes: number }): Batch {
    if (this.#spoolBytes > 0) return { lines: this.#spool?.read(limits) ?? [] };
    const lines: Buffer[] = [];
    let bytes = 0;
    for (const line of this.#memory) {
      bytes += line.length;
      if (lines.length === limits.lines || (lines.length > 0 && bytes > limits.bytes)) break;
      lines.push(line);
    }
    return { lines };
  }

  /** Takes the oldest entries away, wherever they are by now. */
  drop(lines: readonly Buffer[]): void {
    if (lines.length === 0) return;
    // Spilling moves everything, so a batch is never half in memory.
    if (this.#spoolBytes > 0) {
      this.#spool?.drop(lines.reduce((sum, line) => sum + line.length, 0));
      return;
    }
    for (const line of this.#memory.splice(0, lines.length)) this.#memoryBytes -= line.length;
  }

  /** How many entries found no room since this was asked last. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }
}
