/** Where a run took place; figures of one machine say little about another. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** Above it something else was running too. */
const QUIET_LOAD_MAX = 1;

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Version lines of the other programs, by their name. */
  readonly programs: Readonly<Record<string, string>>;
  /** Runnable processes, mean of the minute before the start. */
  readonly loadAtStart: number;
  /** True when the load at the start was above 1. */
  readonly noisy: boolean;
  readonly startedAt: string;
}

/** Takes the load average now: call it before any work. */
export function describeMachine(programs: Readonly<Record<string, string>>): Machine {
  const loadAtStart = Number((loadavg()[0] ?? 0).toFixed(2));
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    programs,
    loadAtStart,
    noisy: loadAtStart > QUIET_LOAD_MAX,
    startedAt: new Date().toISOString(),
  };
}

const VERSION = /\d+(\.\d+)+/;

export const NOT_PRESENT = 'not present';

/** The version a program says it has, or {@link NOT_PRESENT}. */
export function versionOf(program: string, flag = '--version'): string {
  try {
    const text = execFileSync(program, [flag], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return VERSION.exec(text)?.[0] ?? text.slice(0, 40).trim();
  } catch {
    return NOT_PRESENT;
  }
}

/** One paragraph for people. */
export function machineInWords(machine: Machine): string {
  const { cpu, cores, memoryGiB, kernel, node, programs, loadAtStart, noisy, startedAt } = machine;
  const others = Object.entries(programs).map(([name, version]) => `${name} ${version}`);
  const load = noisy
    ? `**noisy**: load average ${loadAtStart} at the start`
    : `load average ${loadAtStart} at the start`;
  const when = `${startedAt.slice(0, 16).replace('T', ' ')} UTC`;
  const host = `${cores} × ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}`;
  return [when, host, load, ...others].join(' · ');
}
