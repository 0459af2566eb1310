import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const MCPLOG = fileURLToPath(new URL('../bin/mcplog.mjs', import.meta.url));

export interface CliEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Buffer;
  readonly cwd?: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<CliEnd>;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** Starts a program with three pipes; stdin stays open. */
export function startProgram(command: readonly string[], options: RunOptions = {}): Running {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    stdio: 'pipe',
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<CliEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout: Buffer.concat(out), stderr: Buffer.concat(err) });
    });
  });
  return {
    child,
    ended,
    stdout: () => Buffer.concat(out).toString(),
    stderr: () => Buffer.concat(err).toString(),
  };
}

export function mcplog(...args: readonly string[]): string[] {
  return [process.execPath, MCPLOG, ...args];
}

/** Runs to the end with this input. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<CliEnd> {
  const running = startProgram(command, options);
  running.child.stdin.end(options.input ?? '');
  return await running.ended;
}

/** An environment in which nothing of the machine's own mcplog is seen. */
export function cleanEnv(dir: string): Record<string, string | undefined> {
  return {
    XDG_CONFIG_HOME: `${dir}/config`,
    XDG_STATE_HOME: `${dir}/state`,
    MCPLOG_DATA_DIR: `${dir}/data`,
    MCPLOG_URL: undefined,
    MCPLOG_TOKEN: undefined,
  };
}
