import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartError } from './terminal.ts';

/** The folder of the repository, in which every app is found. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** Where the launcher keeps what. */
export interface Folders {
  readonly data: string;
  readonly logs: string;
  /** nkey seeds of the services. */
  readonly bus: string;
  /** Configuration and store of nats-server. */
  readonly nats: string;
  /** What the programs print, pids. */
  readonly run: string;
  /** True when this data directory was never used before. */
  readonly fresh: boolean;
}

/** Makes the data directory (0700). @throws StartError when it cannot be made or written */
export function openFolders(data: string, logs: string): Folders {
  const [bus, nats, run] = [join(data, 'bus'), join(data, 'nats'), join(data, 'run')];
  const fresh = !existsSync(join(nats, 'nats.conf'));
  try {
    for (const dir of [data, bus, nats, run]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const problem = (error as Error).message;
    throw new StartError(`the data folder cannot be made: ${problem}; choose one with --data DIR`);
  }
  return { data, logs, bus, nats, run, fresh };
}
