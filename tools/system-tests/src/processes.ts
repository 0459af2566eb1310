/** The processes of a running product, read from /proc as an operator would with `ps`. */
import { readdirSync, readFileSync } from 'node:fs';

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly args: readonly string[];
}

/** The parts of the product that run as a process of their own. */
export const PARTS = [
  'process-supervisor',
  'log-writer',
  'maintenance-worker',
  'nats-server',
  'query-api',
  'stream-gateway',
  'admin-api',
  'dashboard',
  'launcher',
] as const;
export type Part = (typeof PARTS)[number];

/**
 * The pid of one part below `rootPid`: the process nearest to the root whose command line names
 * `apps/<part>/`, or runs `nats-server`. Undefined while there is none.
 */
export function pidOfPart(rootPid: number, part: Part): number | undefined {
  return rowsBelow(rootPid).find(({ args }) => isPart(args, part))?.pid;
}

/** The pid of a process's parent; absent when it is gone. */
export function parentOf(pid: number): number | undefined {
  return readRow(pid)?.parent;
}

/** A variable that a process was started with. */
export function variableOf(pid: number, name: string): string | undefined {
  const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Descendants of `rootPid`, nearest first. */
function rowsBelow(rootPid: number): ProcessRow[] {
  const children = Map.groupBy(allRows(), ({ parent }) => parent);
  const found: ProcessRow[] = [];
  let level = [rootPid];
  while (level.length > 0) {
    const next = level.flatMap((pid) => children.get(pid) ?? []);
    found.push(...next);
    level = next.map(({ pid }) => pid);
  }
  return found;
}

function isPart(args: readonly string[], part: Part): boolean {
  if (part === 'nats-server') return /(^|\/)nats-server$/.test(args[0] ?? '');
  return args.some((arg) => new RegExp(`(^|/)apps/${part}/`).test(arg));
}

function allRows(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readRow(Number(name)))
    .filter((row) => row !== undefined);
}

/** Undefined when the process has ended meanwhile, or is a zombie. */
function readRow(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces and brackets; the state and the parent follow it.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 2);
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return state === 'Z' ? undefined : { pid, parent: Number(parent), args };
  } catch {
    return undefined;
  }
}
