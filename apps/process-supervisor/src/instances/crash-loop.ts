const WINDOW_MS = 60_000;
/** So many ends within the window make a crash loop. */
export const CRASH_LOOP_EXITS = 5;

/** Notices a crash loop, once until it is cleared. */
export class CrashLoop {
  #exits: number[] = [];
  #isTold = false;

  /** A process ended by itself; true when this makes a crash loop that was not told yet. */
  note(nowMs: number): boolean {
    this.#exits = [...this.#exits.filter((at) => nowMs - at < WINDOW_MS), nowMs];
    if (this.#isTold || this.#exits.length < CRASH_LOOP_EXITS) return false;
    this.#isTold = true;
    return true;
  }

  get isTold(): boolean {
    return this.#isTold;
  }

  clear(): void {
    this.#exits = [];
    this.#isTold = false;
  }
}
