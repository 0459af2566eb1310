import { readFileSync } from 'node:fs';

/** Two stores may keep files open, and everything else needs some too. */
const PART = 1 / 4;
const LIMIT = /^Max open files +(\d+)/m;

/** How many files a store may keep open: those wanted, as far as the system lets this process. */
export function openFilesAllowed(wanted: number, limits = readLimits()): number {
  const most = Number(LIMIT.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  return Math.max(8, Math.min(wanted, Math.floor(most * PART)));
}

/** Empty where there is no /proc: then nothing is known of a limit. */
function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
