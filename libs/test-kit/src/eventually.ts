import { setTimeout as delay } from 'node:timers/promises';

export interface EventuallyOptions {
  /** How long the condition may take to come true, in milliseconds. */
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Polls until `check` neither throws nor answers `false`, `undefined` or `null`, and resolves to
 * what it answered. After `timeoutMs` it rejects with the last error or answer.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 15_000, intervalMs = 25 }: EventuallyOptions = {},
): Promise<Exclude<T, false | undefined | null>> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const outcome = await attempt(check);
    if ('value' in outcome) return outcome.value;
    if (performance.now() >= deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${outcome.problem}`, { cause: outcome.cause });
    }
    await delay(intervalMs);
  }
}

type Outcome<T> = { value: Exclude<T, false | undefined | null> } | Failure;
interface Failure {
  readonly problem: string;
  readonly cause?: unknown;
}

async function attempt<T>(check: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    const value = await check();
    if (value === false || value === undefined || value === null) {
      return { problem: `the check answered ${value}` };
    }
    return { value: value as Exclude<T, false | undefined | null> };
  } catch (cause) {
    return { problem: cause instanceof Error ? cause.message : String(cause), cause };
  }
}
