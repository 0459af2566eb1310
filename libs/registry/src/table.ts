import {
  type Bucket,
  type BucketChange,
  type Bus,
  openBucket,
  RevisionConflictError,
} from '@mcplog/message-bus';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

const UPDATE_ATTEMPTS_MAX = 20;

interface Row<T> {
  readonly record: T;
  readonly revision: number;
}

export type TableListener<T> = (key: string, record: T | undefined) => void;

/**
 * The records of one bucket, all of them in memory: reads are immediate and go on while the bus is
 * away, writes are compare-and-set on the bus and are in memory when they resolve.
 */
export class Table<T> {
  readonly #bucket: Bucket;
  readonly #isValid: (value: unknown) => value is T;
  readonly #rows = new Map<string, Row<T>>();
  readonly #listeners = new Set<TableListener<T>>();
  #damaged = 0;

  constructor(bucket: Bucket, isValid: (value: unknown) => value is T) {
    this.#bucket = bucket;
    this.#isValid = isValid;
  }

  /** Records on the bus that did not fit the schema and were passed over. */
  get damaged(): number {
    return this.#damaged;
  }

  get(key: string): T | undefined {
    return this.#rows.get(key)?.record;
  }

  entries(): [string, T][] {
    return [...this.#rows].map(([key, row]) => [key, row.record]);
  }

  list(): T[] {
    return [...this.#rows.values()].map((row) => row.record);
  }

  /** Told each present record once, then every change; returns how to stop. */
  follow(listener: TableListener<T>): () => void {
    for (const [key, row] of this.#rows) listener(key, row.record);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws RevisionConflictError when the key exists, BusUnavailableError */
  async create(key: string, record: T): Promise<void> {
    const revision = await this.#bucket.create(key, this.#encode(key, record));
    this.#set(key, record, revision);
  }

  /** Writes whatever was there. */
  async put(key: string, record: T): Promise<void> {
    const revision = await this.#bucket.put(key, this.#encode(key, record));
    this.#set(key, record, revision);
  }

  /**
   * Changes a record by compare-and-set, again when somebody else was faster. `change` gets the
   * record on the bus (absent when there is none) and returns the next, or undefined to leave it.
   * @returns the record as it is afterwards
   */
  async update(
    key: string,
    change: (record: T | undefined) => T | undefined,
  ): Promise<T | undefined> {
    for (let attempt = 1; ; attempt++) {
      const found = await this.#bucket.get(key);
      const current = found === undefined ? undefined : this.#decode(found.value);
      const next = change(current);
      if (next === undefined) return current;
      try {
        const bytes = this.#encode(key, next);
        const revision =
          found === undefined
            ? await this.#bucket.create(key, bytes)
            : await this.#bucket.update(key, bytes, found.revision);
        this.#set(key, next, revision);
        return next;
      } catch (error) {
        const lost = error instanceof RevisionConflictError;
        if (!lost || attempt === UPDATE_ATTEMPTS_MAX) throw error;
      }
    }
  }

  /** False when there was nothing to delete. */
  async delete(key: string): Promise<boolean> {
    const found = await this.#bucket.get(key);
    if (found === undefined) return false;
    await this.#bucket.delete(key);
    this.#drop(key, Number.MAX_SAFE_INTEGER);
    return true;
  }

  /** Takes a record away so that exactly one caller gets it. */
  async take(key: string): Promise<T | undefined> {
    const found = await this.#bucket.get(key);
    if (found === undefined) return undefined;
    try {
      await this.#bucket.delete(key, found.revision);
    } catch (error) {
      if (error instanceof RevisionConflictError) return undefined;
      throw error;
    }
    this.#drop(key, Number.MAX_SAFE_INTEGER);
    return this.#decode(found.value);
  }

  /** Starts keeping the replica; resolves when it is complete for the first time. */
  watch(): { ready: Promise<void>; stop: () => void } {
    let stop = () => {};
    const ready = new Promise<void>((resolve) => {
      stop = this.#bucket.watch(
        (change) => this.#receive(change),
        (present) => {
          for (const key of [...this.#rows.keys()])
            if (!present.has(key)) this.#drop(key, Infinity);
          resolve();
        },
      );
    });
    return { ready, stop };
  }

  #receive(change: BucketChange): void {
    if (change.value === undefined) {
      this.#drop(change.key, change.revision);
      return;
    }
    const record = this.#decode(change.value);
    if (record !== undefined) this.#set(change.key, record, change.revision);
  }

  #set(key: string, record: T, revision: number): void {
    if ((this.#rows.get(key)?.revision ?? 0) >= revision) return;
    this.#rows.set(key, { record, revision });
    for (const listener of this.#listeners) listener(key, record);
  }

  #drop(key: string, revision: number): void {
    const row = this.#rows.get(key);
    if (row === undefined || row.revision > revision) return;
    this.#rows.delete(key);
    for (const listener of this.#listeners) listener(key, undefined);
  }

  #encode(key: string, record: T): string {
    if (!this.#isValid(record)) {
      throw new TypeError(`${this.#bucket.name}/${key}: the record does not fit its schema`);
    }
    return JSON.stringify(record);
  }

  #decode(value: Buffer): T | undefined {
    try {
      const record: unknown = JSON.parse(value.toString('utf8'));
      if (this.#isValid(record)) return record;
    } catch {
      // Counted below together with records of a wrong shape.
    }
    this.#damaged++;
    return undefined;
  }
}

/** Opens the bucket of that name, without a replica yet. */
export async function openTable<S extends TSchema>(
  bus: Bus,
  name: string,
  schema: S,
): Promise<Table<Static<S>>> {
  const compiled = Compile(schema);
  const isValid = (value: unknown): value is Static<S> => compiled.Check(value);
  return new Table<Static<S>>(await openBucket(bus, name), isValid);
}
