/**
 * A signer's name that no other process uses. Several log-writers may share one data directory, and
 * two that append to one chain would tear it: so the second takes `log-writer-2`, and so on.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { integrityDirectory } from './signer.ts';

const SLOTS_MAX = 64;
/** Of a holder on another host, or in another container, only its silence tells that it is gone. */
const SILENCE_MS = 60_000;

export interface SignerSlot {
  readonly name: string;
  /** Call it every few seconds. False when another process has taken the slot: then stop signing. */
  keep(): boolean;
  release(): void;
}

interface Holder {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

/** @throws Error when all slots are taken, or of the file system */
export function takeSignerSlot(data: string, role: string): SignerSlot {
  for (let slot = 1; slot <= SLOTS_MAX; slot++) {
    const name = slot === 1 ? role : `${role}-${slot}`;
    const directory = integrityDirectory(data, name);
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, 'lock');
    const holder: Holder = { id: randomUUID(), host: hostname(), pid: process.pid };
    const stale = staleHolder(path);
    if (stale !== undefined) removeStale(path, stale, holder);
    if (!tryTake(path, holder)) continue;
    return {
      name,
      keep() {
        if (readHolder(path)?.id !== holder.id) return false;
        fs.utimesSync(path, new Date(), new Date());
        return true;
      },
      release() {
        if (readHolder(path)?.id === holder.id) fs.rmSync(path, { force: true });
      },
    };
  }
  throw new Error(`${SLOTS_MAX} processes sign as ${role} already`);
}

function tryTake(path: string, holder: Holder): boolean {
  try {
    fs.writeFileSync(path, `${JSON.stringify(holder)}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The holder of a lock whose process is gone. */
function staleHolder(path: string): Holder | undefined {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  const holder = readHolder(path);
  if (stat === undefined || holder === undefined) return undefined;
  const isSilent = Date.now() - stat.mtimeMs > SILENCE_MS;
  return isSilent || (holder.host === hostname() && !isAlive(holder.pid)) ? holder : undefined;
}

/** Another process may have done the same, and taken the slot, a moment before: then it keeps it. */
function removeStale(path: string, stale: Holder, { id }: Holder): void {
  const aside = `${path}.${id}`;
  fs.renameSync(path, aside);
  try {
    if (readHolder(aside)?.id !== stale.id) fs.linkSync(aside, path);
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A lock that cannot be read counts as held by nobody that is alive, once it is silent. */
function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(fs.readFileSync(path, 'utf8')) as Holder;
  } catch (error) {
    if (error instanceof SyntaxError) return { id: '', host: '', pid: 0 };
    return undefined;
  }
}
