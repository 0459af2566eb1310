import { JetStreamApiError } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import { type Bus, toBuffer } from './bus.ts';
import { BusUnavailableError, RevisionConflictError } from './errors.ts';

/** JetStream's code for "wrong last sequence": the compare of a compare-and-set failed. */
const WRONG_LAST_SEQUENCE = 10071;

const RETRY_MS = 200;

/** One value and the revision to name when changing it. */
export interface Versioned {
  readonly value: Buffer;
  readonly revision: number;
}

/** A change seen by a watcher; `value` is absent when the key was deleted. */
export interface BucketChange {
  readonly key: string;
  readonly value?: Buffer;
  readonly revision: number;
}

/** One named key-value bucket of the broker. */
export class Bucket {
  readonly name: string;
  readonly #bus: Bus;
  readonly #store: KV;

  constructor(bus: Bus, name: string, store: KV) {
    this.#bus = bus;
    this.name = name;
    this.#store = store;
  }

  async get(key: string): Promise<Versioned | undefined> {
    const entry = await this.#reach(key, () => this.#store.get(key));
    if (entry === null || entry.operation !== 'PUT') return undefined;
    return { value: toBuffer(entry.value), revision: entry.revision };
  }

  /** Writes a new key. @throws RevisionConflictError when it exists */
  async create(key: string, value: Uint8Array | string): Promise<number> {
    return await this.#reach(key, () => this.#store.create(key, value));
  }

  /** Replaces the revision that was read. @throws RevisionConflictError when it is not the last */
  async update(key: string, value: Uint8Array | string, revision: number): Promise<number> {
    return await this.#reach(key, () => this.#store.update(key, value, revision));
  }

  /** Writes whatever was there. */
  async put(key: string, value: Uint8Array | string): Promise<number> {
    return await this.#reach(key, () => this.#store.put(key, value));
  }

  /** Deletes; with a revision only when it is still the last. */
  async delete(key: string, revision?: number): Promise<void> {
    const options = revision === undefined ? {} : { previousSeq: revision };
    await this.#reach(key, () => this.#store.delete(key, options));
  }

  /**
   * Tells every present key, then calls `onReady` with the set of them, then tells each change.
   * After a lost connection it starts again from the beginning, `onReady` included.
   */
  watch(
    onChange: (change: BucketChange) => void,
    onReady: (keys: Set<string>) => void,
  ): () => void {
    let stopped = false;
    let stopWatcher: (() => void) | undefined;
    const follow = async () => {
      while (!stopped) {
        try {
          await this.#bus.untilConnected();
          const watcher = await this.#store.watch();
          stopWatcher = () => watcher.stop();
          if (await this.#isEmpty()) onReady(new Set());
          await relay(watcher, onChange, onReady);
        } catch {
          // The broker is away: the loop below tries again until it is back.
        }
        if (!stopped) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    };
    const stopListening = this.#bus.onConnectionChange(() => stopWatcher?.());
    void follow();
    return () => {
      stopped = true;
      stopListening();
      stopWatcher?.();
    };
  }

  async #isEmpty(): Promise<boolean> {
    const status = await this.#store.status();
    return status.values === 0;
  }

  async #reach<T>(key: string, call: () => Promise<T>): Promise<T> {
    if (!this.#bus.connected) throw new BusUnavailableError(`${this.name}/${key}`);
    try {
      return await call();
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) {
        throw new RevisionConflictError(this.name, key);
      }
      throw new BusUnavailableError(`${this.name}/${key}`, error);
    }
  }
}

/** Opens a bucket that {@link provisionBus} made. */
export async function openBucket(bus: Bus, name: string): Promise<Bucket> {
  const store = await new Kvm(bus.jetstream).open(name, { allow_direct: true });
  return new Bucket(bus, name, store);
}

async function relay(
  watcher: AsyncIterable<KvEntry & { isUpdate: boolean }>,
  onChange: (change: BucketChange) => void,
  onReady: (keys: Set<string>) => void,
): Promise<void> {
  const present = new Set<string>();
  let ready = false;
  for await (const entry of watcher) {
    const { key, revision } = entry;
    const alive = entry.operation === 'PUT';
    if (!ready && alive) present.add(key);
    onChange(alive ? { key, revision, value: toBuffer(entry.value) } : { key, revision });
    if (!ready && entry.isUpdate) {
      ready = true;
      onReady(present);
    }
  }
}
