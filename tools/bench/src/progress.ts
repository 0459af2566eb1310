/** What a person sees while a benchmark runs; results go to stdout, the rest to stderr. */
import type { Machine } from './machine.ts';

export function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

export function warnWhenNoisy({ noisy, loadAtStart }: Machine): void {
  if (!noisy) return;
  say(`WARNING: the load average is ${loadAtStart}; something else runs, so figures are noisy`);
}

/** A report ends with its verdict. */
export function show(report: string): void {
  process.stdout.write(`\n${report}\n`);
}
