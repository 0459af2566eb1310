import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tellJanitor } from './janitor.ts';

const OUTPUT_CHARS_MAX = 64 * 1024;

export interface ChildProgram {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it printed so far on both streams, at most the last 64 Ki characters. */
  output(): string;
  readonly exited: Promise<ProgramExit>;
  /** Sends the signal (nothing when it has ended already) and waits for the end. */
  end(signal: NodeJS.Signals): Promise<ProgramExit>;
}

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildProgramOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** Added to this process's environment; `undefined` removes a name. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts a program that cannot outlive the test process. stdin is closed.
 * Rejects when the program is not installed.
 */
export async function startProgram(
  command: string,
  { args = [], cwd, env = {} }: ChildProgramOptions = {},
): Promise<ChildProgram> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const exited = new Promise<ProgramExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const output = keepOutput(child);
  await started(child, command);
  const pid = child.pid ?? 0;
  tellJanitor('watch-pid', pid);
  void exited.then(() => tellJanitor('forget-pid', pid));
  return {
    pid,
    child,
    output,
    exited,
    end: (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return exited;
    },
  };
}

/** True while a process with this id exists, also when nobody has collected its exit status yet. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function started(child: ChildProcess, command: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new Error(`${command} cannot be started; "npm test" installs what tests need`, { cause });
  }
}

function keepOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-OUTPUT_CHARS_MAX);
    });
  }
  return () => text;
}
