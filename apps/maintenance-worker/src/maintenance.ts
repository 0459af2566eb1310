import { MAINTENANCE_LEASE } from '@mcplog/protocol';
import { LeaseKeeper, type Registry } from '@mcplog/registry';
import { openShift, type Shift, type ShiftOptions } from './shift.ts';
import { WorkerFigures } from './worker-figures.ts';

const RETRY_MS = 2_000;

export interface MaintenanceOptions extends Omit<ShiftOptions, 'figures' | 'registry'> {
  readonly registry: Registry<'jobs' | 'leases'>;
}

/** Holds the one lease of all maintenance-workers, or waits for it. */
export class Maintenance {
  readonly #options: MaintenanceOptions;
  readonly #done = new WorkerFigures();
  readonly #lease: LeaseKeeper;
  #shift: Shift | undefined;
  /** Opening and closing of shifts, one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: MaintenanceOptions) {
    this.#options = options;
    this.#lease = new LeaseKeeper({
      table: options.registry.leases,
      names: [MAINTENANCE_LEASE],
      shareMax: () => 1,
      onAcquired: () => void this.#take(() => this.#open()),
      onLost: () => this.#take(() => this.#close()),
    });
    this.#lease.start();
  }

  /** False while another worker does the work. */
  get isOnDuty(): boolean {
    return this.#shift !== undefined;
  }

  get problems(): readonly string[] {
    return [...this.#done.problems.values()];
  }

  get figures(): Readonly<Record<string, number>> {
    const done = this.#done;
    return {
      on_duty: this.isOnDuty ? 1 : 0,
      waiting_files: 0,
      oldest_waiting_ms: 0,
      failing_files: 0,
      damaged_segments: 0,
      ...this.#shift?.figures,
      sealed_files: done.sealedFiles,
      sealed_plain_bytes: done.sealedPlainBytes,
      sealed_stored_bytes: done.sealedStoredBytes,
      seal_failures: done.sealFailures,
      last_sealed_ms: done.lastSealedMs,
      quarantined_files: done.quarantinedFiles,
      rebuilt_indexes: done.rebuiltIndexes,
      repaired_blocks: done.repairedBlocks,
      jobs_done: done.jobsDone,
      jobs_failed: done.jobsFailed,
    };
  }

  async close(): Promise<void> {
    await this.#lease.close();
    await this.#turn;
  }

  #take(step: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(step);
    return this.#turn;
  }

  async #open(): Promise<void> {
    if (this.#shift !== undefined || !this.#lease.isSafe(MAINTENANCE_LEASE)) return;
    try {
      this.#shift = await openShift({ ...this.#options, figures: this.#done });
      this.#done.problems.delete('shift');
    } catch (error) {
      this.#done.problems.set('shift', error instanceof Error ? error.message : String(error));
      setTimeout(() => void this.#take(() => this.#open()), RETRY_MS).unref();
    }
  }

  async #close(): Promise<void> {
    const shift = this.#shift;
    this.#shift = undefined;
    await shift?.close();
  }
}
