/** A child process that is started again whenever it ends unasked. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { openProgramLog, type ProgramLog } from './program-log.ts';
import { warn } from './terminal.ts';

const RESTART_MIN_MS = 250;
const RESTART_MAX_MS = 10_000;
/** A program that lived this long starts its waits from the beginning. */
const SETTLED_MS = 30_000;
/** Lines of one program shown per window; the rest is in its file. */
const SHOWN_MAX = 20;
const SHOWN_WINDOW_MS = 10_000;

export interface ProgramPlan {
  /** As it is called in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Give it an IPC channel, whose end tells it that the launcher is gone. */
  readonly ipc: boolean;
  /** What to show of a line it printed. */
  readonly shownLine: (line: string) => string | undefined;
  /** Told each line it printed. */
  readonly onLine?: (line: string) => void;
  readonly onStarted?: (pid: number) => void;
  /** Told at each end, asked for or not. */
  readonly onEnded?: () => void;
}

/** What happened to a program, in words for the system log. */
export interface ProgramEvent {
  readonly level: 'info' | 'warn';
  readonly event: 'process_started' | 'process_crashed' | 'process_stopped';
  readonly program: string;
  readonly pid: number | undefined;
  readonly message: string;
}

export type ProgramListener = (event: ProgramEvent) => void;

export class KeptProgram {
  readonly plan: ProgramPlan;
  readonly #log: ProgramLog;
  readonly #onEvent: ProgramListener;
  #child: ChildProcess | undefined;
  #startedMs = 0;
  #waitMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #endings = 0;
  #shown = 0;
  #windowStartMs = 0;

  constructor(plan: ProgramPlan, onEvent: ProgramListener = () => {}) {
    this.plan = plan;
    this.#onEvent = onEvent;
    this.#log = openProgramLog(plan.logFile, (line) => this.#show(line));
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How often it ended unasked. */
  get endings(): number {
    return this.#endings;
  }

  lastLines(count: number): string[] {
    return this.#log.lastLines(count);
  }

  /** SIGTERM, and SIGKILL to its whole group when it has not ended in time. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child !== undefined && isAlive(child)) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const timer = setTimeout(() => this.kill(), timeoutMs);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(timer);
      this.#tell('process_stopped', `${this.plan.name} stopped`);
    }
    this.#log.close();
  }

  /** Ends it and everything in its group at once, for good. */
  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child?.pid === undefined || !isAlive(child)) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  }

  #start(): void {
    const { command, args, cwd, env, ipc } = this.plan;
    const output = this.#log.openForWriting();
    // A group of its own: Ctrl-C in a terminal must not end the bus before those who need it.
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ipc ? ['ignore', output, output, 'ipc'] : ['ignore', output, output],
    });
    closeSync(output);
    this.#child = child;
    this.#startedMs = Date.now();
    child.once('error', (error) => {
      // A child that was never started emits no 'exit'.
      if (child.pid === undefined) this.#ended(error.message);
    });
    child.once('exit', (code, signal) => {
      this.plan.onEnded?.();
      this.#ended(signal ?? `status ${code}`);
    });
    if (child.pid === undefined) return;
    this.plan.onStarted?.(child.pid);
    this.#tell('process_started', `${this.plan.name} started, pid ${child.pid}`);
  }

  #ended(how: string): void {
    if (this.#stopping) return;
    this.#log.poll();
    this.#endings++;
    if (Date.now() - this.#startedMs > SETTLED_MS) this.#waitMs = 0;
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(RESTART_MAX_MS, Math.max(RESTART_MIN_MS, waitMs * 2));
    const when = waitMs === 0 ? 'starting it again' : `starting it again in ${waitMs} ms`;
    const message = `${this.plan.name} ended (${how}); ${when}`;
    warn(message);
    this.#tell('process_crashed', message);
    this.#timer = setTimeout(() => this.#start(), waitMs);
  }

  #tell(event: ProgramEvent['event'], message: string): void {
    const level = event === 'process_crashed' ? 'warn' : 'info';
    this.#onEvent({ level, event, program: this.plan.name, pid: this.pid, message });
  }

  #show(line: string): void {
    this.plan.onLine?.(line);
    const text = this.plan.shownLine(line);
    if (text === undefined) return;
    if (Date.now() - this.#windowStartMs > SHOWN_WINDOW_MS) {
      this.#windowStartMs = Date.now();
      this.#shown = 0;
    }
    this.#shown++;
    if (this.#shown <= SHOWN_MAX) warn(`[${this.plan.name}] ${text}`);
    else if (this.#shown === SHOWN_MAX + 1) warn(`[${this.plan.name}] … see ${this.plan.logFile}`);
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
