/** Other programs, run to their end. */
import { spawnSync } from 'node:child_process';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Show what the program says as it says it, on stderr. */
  readonly shown?: boolean;
}

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program and tells how it ended. @throws Error when it cannot be started */
export function attempt(command: readonly string[], options: RunOptions = {}): Ended {
  const [program = '', ...args] = command;
  const { cwd, env, shown = false } = options;
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
    env: { ...process.env, ...env },
    stdio: ['ignore', shown ? 2 : 'pipe', shown ? 2 : 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  if (error) throw error;
  return { status: status ?? 1, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/** What the program printed. @throws Error with its words unless it ended with status 0 */
export function run(command: readonly string[], options: RunOptions = {}): string {
  const { status, stdout, stderr } = attempt(command, options);
  if (status === 0) return stdout.trim();
  throw new Error(`${command.join(' ')} ended with ${status}\n${stdout}${stderr}`);
}

/** True when the program exists and ends well. */
export function works(command: readonly string[]): boolean {
  try {
    return attempt(command).status === 0;
  } catch {
    return false;
  }
}
