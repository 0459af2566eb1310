import type { Table } from './table.ts';

/** Runs taken in one go, so that restarts need no bus for a while. */
const RESERVED_AT_ONCE = 8;

/**
 * Hands out the runs of instances: each number once, rising, whoever asks. A few are reserved
 * ahead; those a crash leaves unused are never handed out again.
 */
export class RunCounter {
  readonly #table: Table<{ next: number }>;
  readonly #reserved = new Map<string, { next: number; end: number }>();
  readonly #taking = new Map<string, Promise<unknown>>();

  constructor(table: Table<{ next: number }>) {
    this.#table = table;
  }

  /**
   * The next run of an instance.
   * @throws BusUnavailableError when none is left in reserve and the bus is away
   */
  take(instanceId: string): Promise<number> {
    const before = this.#taking.get(instanceId) ?? Promise.resolve();
    const taken = before.then(() => this.#takeNext(instanceId));
    this.#taking.set(
      instanceId,
      taken.catch(() => undefined),
    );
    return taken;
  }

  forget(instanceId: string): void {
    this.#reserved.delete(instanceId);
    this.#taking.delete(instanceId);
  }

  async #takeNext(instanceId: string): Promise<number> {
    let range = this.#reserved.get(instanceId);
    if (range === undefined || range.next >= range.end) {
      range = await this.#reserve(instanceId);
      this.#reserved.set(instanceId, range);
    }
    return range.next++;
  }

  async #reserve(instanceId: string): Promise<{ next: number; end: number }> {
    const record = await this.#table.update(instanceId, (current) => ({
      next: (current?.next ?? 1) + RESERVED_AT_ONCE,
    }));
    const end = record?.next ?? 1;
    return { next: end - RESERVED_AT_ONCE, end };
  }
}
