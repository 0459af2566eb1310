import { type ChildProcess, spawn } from 'node:child_process';
import { serverEnvironment } from '../settings.ts';

/** Signals that are meant for the server. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
/** Ctrl-C reaches us from the terminal and again from a Node that started us: one request. */
const SAME_SIGNAL_MS = 100;

// Reads until this process says goodbye or is gone: killed outright, it leaves no server behind.
const WATCHER = 'trap "" INT TERM HUP QUIT USR2; read -r word || kill -s KILL -- "-$0"';

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The server as a child in a process group of its own, without a shell. */
export interface WrappedServer {
  readonly child: ChildProcess & {
    readonly stdin: NonNullable<ChildProcess['stdin']>;
    readonly stdout: NonNullable<ChildProcess['stdout']>;
    readonly stderr: NonNullable<ChildProcess['stderr']>;
  };
  readonly exited: Promise<ServerExit>;
  kill(signal: NodeJS.Signals): void;
}

/** Rejects with the system's error when the command cannot be started. */
export async function startServer(command: readonly string[]): Promise<WrappedServer> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: serverEnvironment(),
    detached: true,
  });
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.on('error', () => undefined);
  const kill = (signal: NodeJS.Signals) => signalGroup(child.pid, signal);
  const { pid = 0 } = child;
  const dismiss = watch(pid);
  void exited.then(dismiss);
  return { child, exited, kill };
}

/** Passes signals on; returns how to stop. */
export function forwardSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const last = new Map<string, number>();
  const take = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS) return;
    last.set(signal, now);
    pass(signal);
  };
  for (const signal of FORWARDED) process.on(signal, take);
  return () => {
    for (const signal of FORWARDED) process.off(signal, take);
  };
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

function watch(pid: number): () => void {
  const watcher = spawn('sh', ['-c', WATCHER, String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  return () => watcher.stdin.end('ended\n');
}
