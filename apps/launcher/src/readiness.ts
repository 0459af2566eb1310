import { setTimeout as delay } from 'node:timers/promises';
import type { KeptProgram } from './kept-program.ts';
import { StartError } from './terminal.ts';

const POLL_MS = 100;
const READY_MS = 90_000;
const ENDINGS_MAX = 3;
/** Enough for a list of refused settings. */
const WORDS_LINES = 12;

/** A program and where it says that it is ready. */
export interface Awaited {
  readonly program: KeptProgram;
  readonly url: string;
}

/**
 * Waits until `/health/ready` answers 2xx everywhere.
 * @throws StartError naming the program that ends again and again, or is not ready in time
 */
export async function untilReady(all: readonly Awaited[], stopping: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_MS;
  await Promise.all(
    all.map(async ({ program, url }) => {
      while (!stopping.aborted && !(await isReady(url))) {
        if (program.endings >= ENDINGS_MAX) throw failure(program, 'ends again and again');
        if (performance.now() > deadline) throw failure(program, 'is not ready');
        await delay(POLL_MS);
      }
    }),
  );
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function failure(program: KeptProgram, problem: string): StartError {
  const { name, logFile } = program.plan;
  const words = program.lastLines(WORDS_LINES).join('\n  ');
  return new StartError(`${name} ${problem}; its last words, from ${logFile}:\n  ${words}`);
}
