import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { LeaseRecord } from '@mcplog/protocol';
import type { Table } from './table.ts';

/** A lease that is not renewed for this long may be taken by another process. */
const LEASE_MS = 6_000;
const RENEW_EVERY_MS = 2_000;
/** A holder stops this long before others may take over, so that two never work at once. */
const SAFETY_MS = 1_500;

export interface LeaseOptions {
  readonly table: Table<LeaseRecord>;
  /** What can be held, such as `shard-3`. */
  readonly names: readonly string[];
  /** How many of them this process should hold now, given how many share them. */
  readonly shareMax: () => number;
  readonly onAcquired: (name: string) => void;
  /** Must stop all work under that name before it resolves. */
  readonly onLost: (name: string) => Promise<void>;
}

/** Keeps as many leases as is this process's share, and knows at any moment which are safe. */
export class LeaseKeeper {
  readonly #options: LeaseOptions;
  readonly #holder = randomUUID();
  /** Until when (performance.now) each held lease is safe to work under. */
  readonly #safeUntil = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  get held(): readonly string[] {
    return [...this.#safeUntil.keys()];
  }

  /** False as soon as another process might think the lease is free. */
  isSafe(name: string): boolean {
    return (this.#safeUntil.get(name) ?? 0) > performance.now();
  }

  start(): void {
    const tick = () => {
      this.#turn = this.#turn.then(() => this.#takeTurn()).catch(() => undefined);
    };
    tick();
    this.#timer = setInterval(tick, RENEW_EVERY_MS);
  }

  /** Lets go of everything, so that others need not wait. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#turn;
    await Promise.all(this.held.map((name) => this.#release(name)));
  }

  async #takeTurn(): Promise<void> {
    for (const name of this.held) if (!this.isSafe(name)) await this.#lose(name);
    await Promise.all(this.held.map((name) => this.#renew(name)));
    const share = this.#options.shareMax();
    for (const name of this.held.slice(share)) await this.#release(name);
    for (const name of this.#options.names) {
      if (this.held.length >= share) break;
      if (!this.#safeUntil.has(name)) await this.#acquire(name);
    }
  }

  async #acquire(name: string): Promise<void> {
    const seen = this.#options.table.get(name);
    if (seen !== undefined && isHeldByOther(seen, this.#holder)) return;
    if (await this.#write(name)) this.#options.onAcquired(name);
  }

  async #renew(name: string): Promise<void> {
    try {
      if (!(await this.#write(name))) await this.#lose(name);
    } catch {
      // The bus is away: the lease runs out by itself at `safeUntil`.
    }
  }

  /** False when somebody else holds it. */
  async #write(name: string): Promise<boolean> {
    const askedAtMs = performance.now();
    const record = await this.#options.table.update(name, (current) => {
      if (current !== undefined && isHeldByOther(current, this.#holder)) return undefined;
      return {
        holder: this.#holder,
        host: hostname(),
        pid: process.pid,
        expiresAtMs: Date.now() + LEASE_MS,
      };
    });
    if (record?.holder !== this.#holder) return false;
    this.#safeUntil.set(name, askedAtMs + LEASE_MS - SAFETY_MS);
    return true;
  }

  async #release(name: string): Promise<void> {
    await this.#lose(name);
    await this.#options.table.delete(name).catch(() => undefined);
  }

  async #lose(name: string): Promise<void> {
    if (!this.#safeUntil.delete(name)) return;
    await this.#options.onLost(name);
  }
}

/** A holder on this machine whose process is gone holds nothing. */
function isHeldByOther(lease: LeaseRecord, me: string): boolean {
  if (lease.holder === me || lease.expiresAtMs < Date.now()) return false;
  return !(lease.host === hostname() && !isAlive(lease.pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
