/** `children.json`: which processes this supervisor has started, for the one after it. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { PipesName } from '../pipes/child-pipes.ts';
import { INSTANCE_MARK } from './child-environment.ts';
import { hasVariable, listGroup, listPids, readProcess } from './proc.ts';

const ChildRow = Type.Object({
  instanceId: Type.String(),
  run: Type.Integer(),
  /** Absent while it is being started. */
  pid: Type.Optional(Type.Integer({ minimum: 2 })),
  startTicks: Type.Optional(Type.Number()),
});
export type ChildRow = Static<typeof ChildRow>;

export class ChildrenFile {
  /** Where the pipes of children lie. */
  readonly pipesDir: string;
  readonly #path: string;
  readonly #rows = new Map<string, ChildRow>();

  /** Reads what a supervisor before this one wrote. */
  constructor(path: string) {
    this.#path = resolve(path);
    this.pipesDir = join(dirname(this.#path), 'pipes');
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    for (const row of readRows(this.#path)) this.#rows.set(keyOf(row), row);
  }

  get rows(): ChildRow[] {
    return [...this.#rows.values()];
  }

  /** Before the process is there, and again when its pid is known. */
  add({ instanceId, run, pid }: { instanceId: string; run: number; pid?: number }): void {
    const process = pid === undefined ? {} : { pid, startTicks: readProcess(pid)?.startTicks ?? 0 };
    this.#rows.set(keyOf({ instanceId, run }), { instanceId, run, ...process });
    this.#write();
  }

  remove(run: { instanceId: string; run: number }): void {
    this.#rows.delete(keyOf(run));
    this.#write();
  }

  pipesOf({ instanceId, run }: { instanceId: string; run: number }): PipesName {
    return { dir: this.pipesDir, instanceId, run };
  }

  #write(): void {
    const draft = `${this.#path}.new`;
    writeFileSync(draft, JSON.stringify(this.rows), { mode: 0o600 });
    renameSync(draft, this.#path);
  }
}

function keyOf({ instanceId, run }: { instanceId: string; run: number }): string {
  return `${instanceId}.${run}`;
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
 * Ends the processes of a row; how many there were. A pid may belong to somebody else by now. The
 * leader is ours when its start time is the recorded one; without a leader the members are ours when
 * they carry our mark.
 */
export function endProcesses({ pid, instanceId, startTicks }: ChildRow): number {
  if (pid === undefined) return endMarked(instanceId);
  const leader = readProcess(pid);
  if (leader !== undefined && leader.startTicks !== startTicks) return 0;
  const members = listGroup(pid);
  if (leader === undefined && !members.some((m) => hasVariable(m.pid, INSTANCE_MARK, instanceId))) {
    return 0;
  }
  return killGroup(pid) ? members.length : 0;
}

/** Its supervisor was killed before it could write the pid down. */
function endMarked(instanceId: string): number {
  const marked = listPids().filter((pid) => hasVariable(pid, INSTANCE_MARK, instanceId));
  const groups = new Set(marked.map((pid) => readProcess(pid)?.groupId));
  for (const group of groups) if (group !== undefined && group > 1) killGroup(group);
  return marked.length;
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
