import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ScanGuard } from '../read/scan-guard.ts';

/** How long a query may keep others from their turn. */
const TURN_MS = 8;

/** Lets others work between pieces of work that never wait for the disk, such as looks into tables. */
export class FairTurn {
  #sinceMs = performance.now();

  /** @throws what the guard throws. */
  async give(guard: ScanGuard): Promise<void> {
    guard.check();
    if (performance.now() - this.#sinceMs < TURN_MS) return;
    await nextTurn();
    this.#sinceMs = performance.now();
  }
}
