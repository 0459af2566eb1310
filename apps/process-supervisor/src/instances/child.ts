import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { NoProgramError } from '../isolation/find-program.ts';
import type { Isolation } from '../isolation/isolation.ts';
import { ChildPipes, type PipesName, type StreamOffsets } from '../pipes/child-pipes.ts';
import type { PipeReading } from '../pipes/pipe-reading.ts';
import { StartRefusal } from './child-environment.ts';
import { killGroup, signalProcess } from './children-file.ts';
import { hasMembers, listGroup } from './proc.ts';

/** How long a child may take after its stdin was closed, and again after SIGTERM. */
const GRACE_MS = 2_000;
/** How long the pipes may stay open after the child has ended. */
const DRAIN_MS = 1_000;

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Its PATH also finds `mkfifo`. */
  readonly env: Readonly<Record<string, string>> & { readonly PATH: string };
  readonly pipes: PipesName;
  readonly reading: PipeReading;
  readonly home: string;
  /** The user and group to run as; absent: as this process. */
  readonly uid?: number | undefined;
  readonly isolation: Isolation;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Processes of its group that were still alive and were ended. */
  readonly orphans: number;
}

export interface ChildListeners {
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** A pipe reader died; at most so many bytes of one stream are missing. */
  readonly onGap: (stream: 'stdout' | 'stderr', bytesMax: number) => void;
  /** It can be started: its pipes are there. */
  readonly onStarting?: () => void;
}

/** One MCP server process with its group. Both pipes are read at all times, by the pipe reader. */
export class Child {
  readonly pid: number;
  /** Resolves when the process has ended, its group is gone and its pipes are drained. */
  readonly exited: Promise<ChildExit>;
  readonly #process: ChildProcess;
  readonly #stdin: Writable;
  readonly #pipes: ChildPipes;
  readonly #isolation: Isolation;
  #hasEnded = false;
  #stopping: Promise<void> | undefined;

  private constructor(child: ChildProcess, pipes: ChildPipes, isolation: Isolation) {
    this.#process = child;
    this.#isolation = isolation;
    this.#stdin = child.stdin as Writable;
    this.#pipes = pipes;
    this.pid = child.pid as number;
    // A child that closes its stdin early is its own business; the exit tells the rest.
    this.#stdin.on('error', () => undefined);
    this.exited = this.#untilGone();
  }

  /** @throws StartRefusal when there is no such program, it may not be run, or has no pipes */
  static async start(command: ChildCommand, listeners: ChildListeners): Promise<Child> {
    const { reading, env } = command;
    const pipes = await ChildPipes.open(command.pipes, {
      ...listeners,
      ...{ reading, searchPath: env.PATH },
    });
    try {
      listeners.onStarting?.();
      const child = await spawnInto(pipes, command);
      pipes.closeWriteEnds();
      return new Child(child, pipes, command.isolation);
    } catch (error) {
      pipes.remove();
      throw new StartRefusal(`${command.command} cannot be started: ${wordsOf(error)}`);
    }
  }

  /** What it printed before these offsets is on disk. */
  acknowledge(offsets: StreamOffsets): void {
    this.#pipes.acknowledge(offsets);
  }

  /** It has ended and everything is on disk: its pipes go. */
  removePipes(): void {
    this.#pipes.remove();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Bytes that the child has not taken from its stdin yet. */
  get stdinWaitingBytes(): number {
    return this.#stdin.writableLength;
  }

  /** Writes to stdin; false when it is closed. */
  write(bytes: Buffer): boolean {
    if (this.#stdin.writableEnded || this.#stdin.destroyed) return false;
    this.#stdin.write(bytes);
    return true;
  }

  /** Closes stdin, then SIGTERM, then SIGKILL to the group, 2 s apart; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#escalate();
    await this.#stopping;
    await this.exited;
  }

  async #escalate(): Promise<void> {
    this.#stdin.end();
    if (await this.#endsWithin(GRACE_MS)) return;
    this.#askToEnd();
    if (await this.#endsWithin(GRACE_MS)) return;
    killGroup(this.pid);
  }

  /** The server and its helpers: an enclosure that went first would take them along at once. */
  #askToEnd(): void {
    for (const { pid, name } of listGroup(this.pid)) {
      if (!this.#isolation.isWarden(name)) signalProcess(pid, 'SIGTERM');
    }
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const abort = new AbortController();
    const timer = delay(ms, false, { signal: abort.signal }).catch(() => true);
    const ended = await Promise.race([this.exited.then(() => true), timer]);
    abort.abort();
    return ended;
  }

  async #untilGone(): Promise<ChildExit> {
    const child = this.#process;
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    this.#hasEnded = true;
    // npx and shells end before the server they started: whoever is left in the group goes too.
    const left = hasMembers(this.pid) ? listGroup(this.pid) : [];
    const orphans = left.filter(({ name }) => !this.#isolation.isWarden(name)).length;
    if (left.length > 0) killGroup(this.pid);
    this.#pipes.end();
    const abort = new AbortController();
    await Promise.race([
      this.#pipes.ended,
      delay(DRAIN_MS, undefined, { signal: abort.signal }).catch(() => undefined),
    ]);
    abort.abort();
    return { ...this.#isolation.exitOf({ code, signal }), orphans };
  }
}

async function spawnInto(pipes: ChildPipes, command: ChildCommand): Promise<ChildProcess> {
  const { env, home: cwd } = command;
  const { command: program, args, uid } = command.isolation.enclose({ uid: undefined, ...command });
  const owner = uid === undefined ? {} : { uid, gid: uid };
  const stdio = ['pipe' as const, ...pipes.writeEnds];
  const child = spawn(program, args, { cwd, env, detached: true, stdio, ...owner });
  await once(child, 'spawn');
  return child;
}

function wordsOf(error: unknown): string {
  if (error instanceof NoProgramError) return error.message;
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'there is no such program';
    case 'EACCES':
      return 'it may not be executed';
    default:
      return String(error);
  }
}
