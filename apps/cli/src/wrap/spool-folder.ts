import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** All leftovers together; past it the oldest are given up. */
export const LEFTOVER_BYTES_MAX = 512 * 1024 * 1024;

const SPOOL_NAME = /^\d+-[0-9a-f]{8}\.(\d+)\.spool$/;

/** Makes the folder, for its owner alone. @throws the system's error */
export function openSpoolFolder(stateDir: string): string {
  const folder = join(stateDir, 'spool');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

export interface Leftovers {
  /** Oldest first. */
  readonly files: readonly string[];
  /** Given up because there were too many bytes. */
  readonly removed: readonly string[];
}

/** Spool files of processes that are no more; asked before this process makes its own. */
export function findLeftovers(folder: string, bytesMax: number = LEFTOVER_BYTES_MAX): Leftovers {
  const names = readdirSync(folder).filter((name) => {
    const pid = Number(SPOOL_NAME.exec(name)?.[1] ?? Number.NaN);
    // In containers every start has the same pid: a file under ours is of one before us.
    return Number.isInteger(pid) && (pid === process.pid || !isAlive(pid));
  });
  const files = names.toSorted().map((name) => join(folder, name));
  const removed: string[] = [];
  let bytes = files.reduce((sum, file) => sum + sizeOf(file), 0);
  while (bytes > bytesMax && files[0] !== undefined) {
    const oldest = files.shift() as string;
    bytes -= sizeOf(oldest);
    rmSync(oldest, { force: true });
    removed.push(oldest);
  }
  return { files, removed };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
