import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../terminal.ts';

const LOG_BYTES_MAX = 1024 * 1024;

/** `wrap.log` in the state folder: our own troubles, at most twice 1 MiB. Never throws. */
export function openWrapLog(stateDir: string): (words: string) => void {
  const file = join(stateDir, 'wrap.log');
  return (words) => {
    try {
      mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
      const line = `${new Date().toISOString()} ${process.pid} ${printable(words)}\n`;
      appendFileSync(file, line, { mode: 0o600 });
    } catch {
      // There is no better place to say that there is no place.
    }
  };
}
