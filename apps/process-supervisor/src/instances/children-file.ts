/** `children.json`: which process groups this supervisor has started, for the one after it. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { INSTANCE_MARK } from './child-environment.ts';
import {
  Keeper,
  type PipesName,
  readUnread,
  removePipes,
  sweepPipes,
  type UnreadBytes,
} from './child-pipes.ts';
import { hasVariable, listGroup, readProcess } from './proc.ts';

const ChildRow = Type.Object({
  instanceId: Type.String(),
  run: Type.Integer(),
  pid: Type.Integer({ minimum: 2 }),
  startTicks: Type.Number(),
  keeper: Type.Optional(Keeper),
});
export type ChildRow = Static<typeof ChildRow>;

/** A run that a killed supervisor could not end properly. */
export interface Leftover extends ChildRow {
  /** Its processes that still ran and were ended now. */
  readonly processes: number;
}

export class ChildrenFile {
  /** Where the pipes of children lie. */
  readonly pipesDir: string;
  readonly #path: string;
  readonly #rows = new Map<string, ChildRow>();

  constructor(path: string) {
    this.#path = path;
    this.pipesDir = join(dirname(path), 'pipes');
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  /**
   * Ends what a supervisor before this one left running. Call it before the first child. The pipes
   * of each stay, also over another sudden end, until somebody has read and settled them.
   */
  endLeftovers(): Leftover[] {
    const rows = readRows(this.#path);
    const leftovers = rows.map((row) => ({ ...row, processes: endLeftover(row) }));
    for (const row of rows) this.#rows.set(keyOf(row.instanceId, row.run), row);
    sweepPipes(
      this.pipesDir,
      rows.map((row) => this.#pipesOf(row)),
    );
    this.#write();
    return leftovers;
  }

  /** What its supervisor had not read of a leftover; the pipes are empty afterwards. */
  takeUnread(leftover: Leftover): UnreadBytes {
    return readUnread(this.#pipesOf(leftover));
  }

  /** Nothing more is wanted of a leftover: its keeper, its pipes and its row go. */
  settle(leftover: Leftover): void {
    removePipes(this.#pipesOf(leftover), leftover.keeper);
    this.remove(leftover.instanceId, leftover.run);
  }

  add(child: Omit<ChildRow, 'startTicks'>): void {
    const startTicks = readProcess(child.pid)?.startTicks ?? 0;
    this.#rows.set(keyOf(child.instanceId, child.run), { ...child, startTicks });
    this.#write();
  }

  remove(instanceId: string, run: number): void {
    this.#rows.delete(keyOf(instanceId, run));
    this.#write();
  }

  #pipesOf({ instanceId, run }: ChildRow): PipesName {
    return { dir: this.pipesDir, instanceId, run };
  }

  #write(): void {
    const draft = `${this.#path}.new`;
    writeFileSync(draft, JSON.stringify([...this.#rows.values()]), { mode: 0o600 });
    renameSync(draft, this.#path);
  }
}

function keyOf(instanceId: string, run: number): string {
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
  return signalProcess(-groupId, 'SIGKILL');
}

/** False when there is no such process any more. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
