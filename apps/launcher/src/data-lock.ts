/** `<data>/mcplog.lock`: the pid of the one launcher that works on this data. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf } from './process-command.ts';
import { StartError } from './terminal.ts';

const ATTEMPTS_MAX = 5;

export interface DataLock {
  release(): void;
}

/**
 * Takes the data directory for this process. A lock whose process is gone, or whose pid belongs to
 * another program by now, is taken over.
 * @throws StartError when another launcher holds it
 */
export function takeDataLock(dataDir: string): DataLock {
  const file = join(dataDir, 'mcplog.lock');
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    if (createLock(file)) return { release: () => releaseLock(file) };
    const holder = lockHolder(dataDir);
    if (holder !== undefined) {
      throw new StartError(
        `${dataDir} is in use by mcplog with pid ${holder}; stop that one, or choose another folder with --data DIR`,
      );
    }
    removeStale(file);
  }
  throw new StartError(`${file} cannot be taken; is another mcplog starting right now?`);
}

/** The pid of the launcher that holds this data directory, if one lives. */
export function lockHolder(dataDir: string): number | undefined {
  const pid = readPid(join(dataDir, 'mcplog.lock'));
  if (pid === undefined) return undefined;
  // A process whose command line cannot be had is taken for the holder: refusing is the safe side.
  return (commandOf(pid)?.includes('apps/launcher') ?? true) ? pid : undefined;
}

function createLock(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moved aside first: of two launchers that find the same stale lock only one moves it. */
function removeStale(file: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function releaseLock(file: string): void {
  if (readPid(file) === process.pid) rmSync(file, { force: true });
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
