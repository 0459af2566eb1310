/** Time as this library sees it; tests hand in their own. */
export interface Clock {
  /** Milliseconds since 1970, UTC; may step. */
  wallMs(): number;
  /** Milliseconds from any fixed moment; never steps. */
  steadyMs(): number;
  /** Runs `task` once after `delayMs`; the returned function calls it off. */
  schedule(task: () => void, delayMs: number): () => void;
}

/** The machine's clock. Its timers do not keep a process alive: `end()` flushes what is held. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
  schedule: (task, delayMs) => {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
