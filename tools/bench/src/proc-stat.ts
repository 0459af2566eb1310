/** What Linux tells about processes in /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks per second in /proc/<pid>/stat: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  readonly parent: number;
  readonly state: string;
  /** CPU time of the process itself in user and kernel mode, seconds. */
  readonly cpuSeconds: number;
}

/** Reads the text of /proc/<pid>/stat (proc_pid_stat(5)). @throws RangeError for other text */
export function parseStat(text: string): ProcessStat {
  // The name in brackets may hold spaces and brackets; fields are counted behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, user, system] = [fields[0], fields[1], fields[11], fields[12]];
  const cpuSeconds = (Number(user) + Number(system)) / TICKS_PER_SECOND;
  if (Number.isNaN(cpuSeconds)) throw new RangeError(`no stat of a process: ${text.slice(0, 80)}`);
  return { parent: Number(parent), state, cpuSeconds };
}

/** The largest resident size so far, bytes, from the text of /proc/<pid>/status. */
export function parsePeakBytes(text: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/** A variable of /proc/<pid>/environ. */
export function parseVariable(text: string, name: string): string | undefined {
  const found = text.split('\0').find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

export interface ProcessRow extends ProcessStat {
  readonly pid: number;
  readonly args: readonly string[];
}

/** Every process below `rootPid`, itself included, that is no zombie. */
export function processesBelow(rootPid: number): ProcessRow[] {
  const rows = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readRow(Number(name)));
  const children = Map.groupBy(rows, ({ parent }) => parent);
  const found = rows.filter(({ pid }) => pid === rootPid);
  for (const row of found) found.push(...(children.get(row.pid) ?? []));
  return found;
}

/** CPU seconds of one process so far; 0 when it is gone. */
export function cpuSecondsOf(pid: number): number {
  return readRow(pid)[0]?.cpuSeconds ?? 0;
}

export function peakBytesOf(pid: number): number {
  return parsePeakBytes(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** A variable the process was started with; only its own user may ask. */
export function variableOf(pid: number, name: string): string | undefined {
  return parseVariable(readFileSync(`/proc/${pid}/environ`, 'utf8'), name);
}

/** Empty when the process has ended meanwhile. */
function readRow(pid: number): ProcessRow[] {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return stat.state === 'Z' ? [] : [{ pid, args, ...stat }];
  } catch {
    return [];
  }
}
