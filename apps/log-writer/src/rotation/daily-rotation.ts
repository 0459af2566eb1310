import { setTimeout as pause } from 'node:timers/promises';
import type { LogTarget, LogWriter } from '@mcplog/log-store/writer';
import { listTargets } from './log-targets.ts';
import type { Rotator } from './rotator.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const CHECK_EVERY_MS = 5_000;
/** After a file that could not be rotated. */
const RETRY_AFTER_MS = 60_000;
/** After each file the writer has this many times as long for other things. */
const REST_SHARE = 4;

/** The last moment at which files were due, milliseconds since 1970. */
export function lastDueMs(nowMs: number, minuteOfDay: number): number {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS + minuteOfDay * MINUTE_MS;
  return today <= nowMs ? today : today - DAY_MS;
}

/**
 * Whether a file with this first line is due. A stamp further in the future than clocks differ does
 * not tell its age: better rotated at every due moment than never.
 */
export function isDue(
  firstMs: number,
  { dueMs, nowMs }: { readonly dueMs: number; readonly nowMs: number },
): boolean {
  return firstMs < dueMs || firstMs > nowMs + DAY_MS;
}

export interface DailyRotationOptions {
  readonly root: string;
  /** When files are due, minutes from midnight UTC. */
  readonly minuteOfDay: number;
  readonly store: Pick<LogWriter, 'look'>;
  readonly rotator: Pick<Rotator, 'rotate'>;
  /** The leases held now. */
  readonly held: () => readonly string[];
  readonly now?: () => number;
}

/**
 * Once a day rotates every file whose first line is from before; also those that nobody has written
 * to since, and those that were due while no writer ran. One after the other, with rests.
 */
export class DailyRotation {
  readonly #options: DailyRotationOptions;
  readonly #now: () => number;
  /** For each lease the moment up to which its files are done. */
  readonly #doneMs = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #notBeforeMs = 0;
  #closed = false;

  constructor(options: DailyRotationOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#timer = setInterval(() => this.check(), CHECK_EVERY_MS);
  }

  /** Begins with what is due, unless it is at it. */
  check(): void {
    if (performance.now() < this.#notBeforeMs) return;
    this.#running ??= this.#rotateDue()
      // What could not be listed or read now is due again at the next check.
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined;
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #rotateDue(): Promise<void> {
    const { root, minuteOfDay, held } = this.#options;
    const dueMs = lastDueMs(this.#now(), minuteOfDay);
    const leases = new Set(held());
    for (const lease of this.#doneMs.keys()) if (!leases.has(lease)) this.#doneMs.delete(lease);
    for (const lease of leases) if (this.#doneMs.get(lease) === dueMs) leases.delete(lease);
    if (leases.size === 0) return;
    let failures = 0;
    for await (const target of listTargets(root, leases)) {
      if (this.#closed) return;
      if (this.#isDue(target, dueMs) && !(await this.#rotate(target))) failures++;
    }
    if (failures > 0) {
      this.#notBeforeMs = performance.now() + RETRY_AFTER_MS;
      return;
    }
    // A lease that was lost meanwhile begins anew when it comes back.
    for (const lease of held()) if (leases.has(lease)) this.#doneMs.set(lease, dueMs);
  }

  #isDue(target: LogTarget, dueMs: number): boolean {
    const firstMs = this.#options.store.look(target)?.firstMs;
    return firstMs !== undefined && isDue(firstMs, { dueMs, nowMs: this.#now() });
  }

  /** False when it must be tried again. */
  async #rotate(target: LogTarget): Promise<boolean> {
    const startedMs = performance.now();
    const outcome = await this.#options.rotator.rotate(target);
    await pause(REST_SHARE * (performance.now() - startedMs), undefined, { ref: false });
    return outcome !== 'failed';
  }
}
