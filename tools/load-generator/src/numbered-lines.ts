import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { type OutputStream, write } from './output.ts';

export interface NumberedLinesOptions {
  readonly stream: OutputStream;
  /** Gets the number of each line after the line was written completely. */
  readonly ledgerFile?: string | undefined;
  /** Each line tells when it was written: `line <k> at <milliseconds since 1970>`. */
  readonly isTimed?: boolean;
}

export interface NumberedLines {
  /** The number of the line written last; 0 before the first. */
  lastNumber(): number;
  /** Writes the next `count` lines `line <k>`, each padded with dots to `bytes` without newline. */
  write(count: number, bytes?: number): void;
}

/**
 * Lines `line 1`, `line 2`, … and a ledger of what was written. A second process with the same
 * ledger goes on where the first one ended and leaves one number out, since that line may have been
 * written by a process that was killed before it could write the ledger: no number is used twice.
 */
export function openNumberedLines({
  stream,
  ledgerFile,
  isTimed = false,
}: NumberedLinesOptions): NumberedLines {
  const last = ledgerFile === undefined ? 0 : lastInLedger(ledgerFile);
  const ledger = ledgerFile === undefined ? undefined : openSync(ledgerFile, 'a', 0o600);
  let number = last === 0 ? 0 : last + 1;
  return {
    lastNumber: () => number,
    write: (count, bytes = 0) => {
      for (let written = 0; written < count; written++) {
        number += 1;
        const text = isTimed ? `line ${number} at ${Date.now()}` : `line ${number}`;
        write(stream, `${text.padEnd(bytes, '.')}\n`);
        if (ledger !== undefined) writeSync(ledger, `${number}\n`);
      }
    },
  };
}

function lastInLedger(file: string): number {
  if (!existsSync(file)) return 0;
  const complete = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return Number(complete.at(-1) ?? 0);
}

/** Writes lines at a steady pace and makes up for the time a blocked write took. */
export function startPace(lines: NumberedLines, linesPerSecond: number, linesMax: number): void {
  if (linesPerSecond <= 0) return;
  const begin = performance.now();
  const first = lines.lastNumber();
  const timer = setInterval(() => {
    const wanted = Math.floor(((performance.now() - begin) / 1000) * linesPerSecond);
    const written = lines.lastNumber() - first;
    lines.write(Math.max(0, Math.min(wanted, linesMax) - written));
    if (wanted >= linesMax) clearInterval(timer);
  }, 5);
}
