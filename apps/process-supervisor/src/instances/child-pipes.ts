/**
 * `pipes/<instanceId>.<run>.stdout` and `.stderr`: the FIFOs that a child prints into. A keeper, a
 * process that does nothing, holds them open, so that what lies unread in them outlives a killed
 * supervisor; anonymous pipes would take it along.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Static, Type } from 'typebox';
import { StartRefusal } from './child-environment.ts';
import { listPids, readEnvironment, readProcess } from './proc.ts';

/** In the environment of a keeper: whose pipes it holds. */
const KEEPER_MARK = 'MCPLOG_KEEPER_OF';
/** About 68 years; more than any `sleep` could refuse. */
const KEEPER_ARGS = ['2147483647'];
/** Linux lets an ordinary process make a pipe no larger (fs.pipe-max-size). */
const UNREAD_BYTES_MAX = 1024 * 1024;

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = constants;

export const Keeper = Type.Object({
  pid: Type.Integer({ minimum: 2 }),
  startTicks: Type.Number(),
});
export type Keeper = Static<typeof Keeper>;

/** The pipes of one run of an instance. */
export interface PipesName {
  /** The folder of all pipes. */
  readonly dir: string;
  readonly instanceId: string;
  readonly run: number;
}

/** What nobody had read of a run. */
export interface UnreadBytes {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Descriptors of stdout and stderr. */
interface PipeEnds {
  readonly read: readonly number[];
  readonly write: readonly number[];
}

/** The two pipes of a child that is to be started, and their keeper. */
export class ChildPipes {
  readonly stdout: Socket;
  readonly stderr: Socket;
  readonly keeper: Keeper;
  /** Resolves when both pipes have been read to their end, or were given up. */
  readonly ended: Promise<unknown>;
  readonly #name: PipesName;
  readonly #process: ChildProcess;
  #writeEnds: readonly number[];

  private constructor(name: PipesName, keeper: ChildProcess, ends: PipeEnds) {
    this.#name = name;
    this.#process = keeper;
    const pid = keeper.pid as number;
    this.keeper = { pid, startTicks: readProcess(pid)?.startTicks ?? 0 };
    const [stdout, stderr] = ends.read.map((fd) => new Socket({ fd, writable: false }));
    this.stdout = stdout as Socket;
    this.stderr = stderr as Socket;
    this.ended = Promise.all([untilClosed(this.stdout), untilClosed(this.stderr)]);
    this.#writeEnds = ends.write;
  }

  /**
   * `searchPath` finds the programs `mkfifo` and `sleep`.
   * @throws StartRefusal when the pipes or the keeper cannot be made; nothing is left of them then
   */
  static async open(name: PipesName, searchPath: string): Promise<ChildPipes> {
    let keeper: ChildProcess | undefined;
    try {
      await makeFifos(name, searchPath);
      keeper = await startKeeper(name, searchPath);
      return new ChildPipes(name, keeper, openEnds(name));
    } catch (error) {
      keeper?.kill('SIGKILL');
      removeFifos(name);
      throw new StartRefusal(`the pipes of this server cannot be made: ${wordsOf(error)}`);
    }
  }

  /** For the child's stdout and stderr. */
  get writeEnds(): readonly number[] {
    return this.#writeEnds;
  }

  /** Once the child has its own, so that the pipes end with it. */
  closeWriteEnds(): void {
    closeAll(this.#writeEnds);
    this.#writeEnds = [];
  }

  /** The child has ended: without a keeper its pipes end behind the last byte. */
  endKeeper(): void {
    this.#process.kill('SIGKILL');
  }

  /** Nothing is left; what was not read is lost. */
  remove(): void {
    this.closeWriteEnds();
    this.endKeeper();
    this.stdout.destroy();
    this.stderr.destroy();
    removeFifos(this.#name);
  }
}

/** Takes what lies in the pipes of a run whose processes have been ended; never waits. */
export function readUnread(name: PipesName): UnreadBytes {
  const { stdout, stderr } = pathsOf(name);
  return { stdout: readToEnd(stdout), stderr: readToEnd(stderr) };
}

/** Ends the keeper that a killed supervisor left, and removes the pipes. */
export function removePipes(name: PipesName, keeper: Keeper | undefined): void {
  // The pid may belong to somebody else by now.
  if (keeper !== undefined && readProcess(keeper.pid)?.startTicks === keeper.startTicks) {
    endProcess(keeper.pid);
  }
  removeFifos(name);
}

/** Removes pipes that no row tells of: their supervisor was killed while it made them. */
export function sweepPipes(dir: string, known: readonly PipesName[]): void {
  const kept = new Set(known.flatMap((name) => Object.values(pathsOf(name))));
  const strays = listFolder(dir).filter((path) => !kept.has(path));
  if (strays.length === 0) return;
  const marks = new Set(strays.map((path) => path.replace(/\.\w+$/, '')));
  for (const pid of listPids()) {
    const mark = readEnvironment(pid).find((line) => line.startsWith(`${KEEPER_MARK}=`));
    if (mark !== undefined && marks.has(mark.slice(KEEPER_MARK.length + 1))) endProcess(pid);
  }
  for (const path of strays) rmSync(path, { force: true });
}

function stemOf({ dir, instanceId, run }: PipesName): string {
  return join(dir, `${instanceId}.${run}`);
}

function pathsOf(name: PipesName): { stdout: string; stderr: string } {
  const stem = stemOf(name);
  return { stdout: `${stem}.stdout`, stderr: `${stem}.stderr` };
}

async function makeFifos(name: PipesName, searchPath: string): Promise<void> {
  mkdirSync(name.dir, { recursive: true, mode: 0o700 });
  removeFifos(name);
  const { stdout, stderr } = pathsOf(name);
  const args = ['-m', '600', stdout, stderr];
  await promisify(execFile)('mkfifo', args, { env: { PATH: searchPath } });
}

async function startKeeper(name: PipesName, searchPath: string): Promise<ChildProcess> {
  // Reading and writing: a waiting child needs a reader, and a reader of ours needs a writer.
  const fds = openFifos(name, O_RDWR);
  try {
    const keeper = spawn('sleep', KEEPER_ARGS, {
      detached: true,
      env: { PATH: searchPath, [KEEPER_MARK]: stemOf(name) },
      stdio: ['ignore', ...fds],
    });
    await once(keeper, 'spawn');
    keeper.unref();
    return keeper;
  } finally {
    closeAll(fds);
  }
}

/** All of them or none. */
function openFifos(name: PipesName, flags: number): number[] {
  const fds: number[] = [];
  try {
    for (const path of Object.values(pathsOf(name))) fds.push(openSync(path, flags));
    return fds;
  } catch (error) {
    closeAll(fds);
    throw error;
  }
}

function openEnds(name: PipesName): PipeEnds {
  const read = openFifos(name, O_RDONLY | O_NONBLOCK);
  try {
    return { read, write: openFifos(name, O_WRONLY) };
  } catch (error) {
    closeAll(read);
    throw error;
  }
}

function closeAll(fds: readonly number[]): void {
  for (const fd of fds) closeSync(fd);
}

function untilClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

function wordsOf(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const program = syscall?.startsWith('spawn ') ? syscall.slice('spawn '.length) : undefined;
  return code === 'ENOENT' && program !== undefined
    ? `there is no program ${program}`
    : String(error);
}

function removeFifos(name: PipesName): void {
  for (const path of Object.values(pathsOf(name))) rmSync(path, { force: true });
}

function readToEnd(path: string): Buffer {
  const parts: Buffer[] = [];
  let fd: number | undefined;
  try {
    fd = openSync(path, O_RDONLY | O_NONBLOCK);
    for (let total = 0; total < UNREAD_BYTES_MAX; ) {
      const part = Buffer.allocUnsafe(64 * 1024);
      const count = readSync(fd, part);
      if (count === 0) break;
      total += count;
      parts.push(part.subarray(0, count));
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // EAGAIN: it is empty. ENOENT: the run had ended properly.
    if (code !== 'EAGAIN' && code !== 'ENOENT') throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  return Buffer.concat(parts);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

function listFolder(dir: string): string[] {
  try {
    return readdirSync(dir).map((file) => join(dir, file));
  } catch {
    // No child was ever started.
    return [];
  }
}
