/** Programs that a launcher which was killed outright left behind, found by their pid files. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Folders } from './folders.ts';
import { commandOf } from './process-command.ts';
import { warn } from './terminal.ts';

const POLL_MS = 100;

export interface Leftover {
  readonly name: string;
  /** What its command line holds; another program may have its pid by now. */
  readonly command: string;
  /** How long it may take to end by itself, milliseconds; then it is killed. */
  readonly patienceMs: number;
  /** Sent first; without one it is already on its way out. */
  readonly signal?: NodeJS.Signals;
}

export function writePidFile(folders: Folders, name: string, pid: number): void {
  writeFileSync(pidFile(folders, name), `${pid}\n`, { mode: 0o600 });
}

/** Its pid may soon be another program's. */
export function removePidFile(folders: Folders, name: string): void {
  rmSync(pidFile(folders, name), { force: true });
}

/** Waits until the program of the last start is gone, and ends it when that takes too long. */
export async function endLeftover(folders: Folders, leftover: Leftover): Promise<void> {
  const { name, command, patienceMs, signal } = leftover;
  const pid = readPid(pidFile(folders, name));
  const isThere = () => pid !== undefined && (commandOf(pid)?.includes(command) ?? false);
  if (pid === undefined || !isThere()) return;
  warn(`${name} of an earlier mcplog is still there (pid ${pid}); waiting for its end`);
  if (signal !== undefined) process.kill(pid, signal);
  const deadline = performance.now() + patienceMs;
  while (isThere() && performance.now() < deadline) await delay(POLL_MS);
  if (isThere()) process.kill(pid, 'SIGKILL');
}

function pidFile(folders: Folders, name: string): string {
  return join(folders.run, `${name}.pid`);
}

function readPid(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}
