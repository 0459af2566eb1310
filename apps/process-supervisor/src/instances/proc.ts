/** What Linux tells about processes in /proc; empty answers elsewhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Reading this many takes well below a millisecond. */
const PROCESSES_PER_TURN = 32;

export interface ProcessFacts {
  readonly pid: number;
  /** The program's name, at most 15 characters. */
  readonly name: string;
  readonly groupId: number;
  /** Clock ticks after boot; with the pid it names one process for ever. */
  readonly startTicks: number;
}

/** Undefined when there is no such process. */
export function readProcess(pid: number): ProcessFacts | undefined {
  try {
    // The second field is the program's name in brackets and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not looked yet.
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    return { pid, name, groupId: Number(fields[2]), startTicks: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

/** Every living process of a group. */
export function listGroup(groupId: number): ProcessFacts[] {
  return listPids()
    .map(readProcess)
    .filter((facts) => facts !== undefined)
    .filter((facts) => facts.groupId === groupId);
}

/**
 * The pids of every living process by their group, in one look for all who ask; others have their
 * turn meanwhile.
 */
export async function listGroups(): Promise<Map<number, number[]>> {
  const groups = new Map<number, number[]>();
  for (const [at, pid] of listPids().entries()) {
    if (at > 0 && at % PROCESSES_PER_TURN === 0) await nextTurn();
    const groupId = readProcess(pid)?.groupId;
    if (groupId === undefined) continue;
    const known = groups.get(groupId);
    if (known === undefined) groups.set(groupId, [pid]);
    else known.push(pid);
  }
  return groups;
}

/** False when nobody is left in a group, the ended that nobody asked for included; one question. */
export function hasMembers(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** True when the process was started with this variable in its environment. */
export function hasVariable(pid: number, name: string, value: string): boolean {
  return readEnvironment(pid).includes(`${name}=${value}`);
}

/** What the process was started with, each as `NAME=value`; empty when it may not be known. */
export function readEnvironment(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

export function listPids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
