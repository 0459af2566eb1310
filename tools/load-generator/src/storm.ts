import { setTimeout as delay } from 'node:timers/promises';
import { longestWriteMs, write } from './output.ts';

const STEP_MS = 5;
/** At once, so that a process that fell behind still looks at the clock. */
const STEP_LINES_MAX = 5_000;

export interface Storm {
  readonly seconds: number;
  readonly linesPerSecond: number;
}

export interface StormEnd {
  readonly printed: number;
  readonly ms: number;
  readonly longestWriteMs: number;
}

/**
 * Prints lines `storm <k> …`, each another one, at this pace for so long. What could not be written
 * in time is made up for as long as the time lasts.
 */
export async function storm({ seconds, linesPerSecond }: Storm): Promise<StormEnd> {
  const begin = performance.now();
  const passedMs = () => performance.now() - begin;
  let printed = 0;
  while (passedMs() < seconds * 1000) {
    const due = Math.floor((passedMs() / 1000) * linesPerSecond);
    const count = Math.min(due - printed, STEP_LINES_MAX);
    if (count > 0) write('stderr', linesFrom(printed, count));
    printed += Math.max(count, 0);
    // Others want their turn, such as a client that asks.
    await delay(count === STEP_LINES_MAX ? 0 : STEP_MS);
  }
  return { printed, ms: Math.round(passedMs()), longestWriteMs: longestWriteMs().stderr };
}

function linesFrom(before: number, count: number): string {
  let text = '';
  for (let number = before + 1; number <= before + count; number++) {
    text += `storm ${number} cannot reach the upstream, trying again at once\n`;
  }
  return text;
}
