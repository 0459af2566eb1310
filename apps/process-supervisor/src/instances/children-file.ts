/** `children.json`: which process groups this supervisor has started, for the one after it. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { INSTANCE_MARK } from './child-environment.ts';
import { hasVariable, listGroup, readProcess } from './proc.ts';

const ChildRow = Type.Object({
  instanceId: Type.String(),
  run: Type.Integer(),
  pid: Type.Integer({ minimum: 2 }),
  startTicks: Type.Number(),
});
export type ChildRow = Static<typeof ChildRow>;

/** A run that a killed supervisor could not end properly. */
export interface Leftover extends ChildRow {
  /** Its processes that still ran and were ended now. */
  readonly processes: number;
}

export class ChildrenFile {
  readonly #path: string;
  readonly #rows = new Map<number, ChildRow>();

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  /** Ends what a supervisor before this one left running. Call it before the first child. */
  endLeftovers(): Leftover[] {
    const rows = readRows(this.#path);
    const leftovers = rows.map((row) => ({ ...row, processes: endLeftover(row) }));
    this.#write();
    return leftovers;
  }

  add(child: Omit<ChildRow, 'startTicks'>): void {
    const startTicks = readProcess(child.pid)?.startTicks ?? 0;
    this.#rows.set(child.pid, { ...child, startTicks });
    this.#write();
  }

  remove(pid: number): void {
    this.#rows.delete(pid);
    this.#write();
  }

  #write(): void {
    const draft = `${this.#path}.new`;
    writeFileSync(draft, JSON.stringify([...this.#rows.values()]), { mode: 0o600 });
    renameSync(draft, this.#path);
  }
}

function readRows(path: string): ChildRow[] {
  try {
    const rows: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(rows) ? rows.filter((row) => Value.Check(ChildRow, row)) : [];
  } catch {
    // No file, or one that is damaged: there is nothing that could safely be ended.
    return [];
  }
}

/**
 * A pid may belong to somebody else by now. The leader is ours when its start time is the recorded
 * one; without a leader the members are ours when they carry our mark.
 */
function endLeftover({ pid, instanceId, startTicks }: ChildRow): number {
  const leader = readProcess(pid);
  if (leader !== undefined && leader.startTicks !== startTicks) return 0;
  const members = listGroup(pid);
  if (leader === undefined && !members.some((m) => hasVariable(m.pid, INSTANCE_MARK, instanceId))) {
    return 0;
  }
  return killGroup(pid) ? members.length : 0;
}

/** SIGKILL to the whole group; false when it has no members. */
export function killGroup(groupId: number): boolean {
  return signalGroup(groupId, 'SIGKILL');
}

export function signalGroup(groupId: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch {
    return false;
  }
}
