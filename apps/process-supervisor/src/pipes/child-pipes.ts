/**
 * `pipes/<instanceId>.<run>.stdout` and `.stderr`: the FIFOs that a child prints into. The pipe
 * reader holds and reads them, so that nothing of them ends with a killed supervisor; anonymous
 * pipes would.
 */
import { execFile } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartRefusal } from '../instances/child-environment.ts';
import type { PipeReading } from './pipe-reading.ts';
import type { PipeListener, ReadPipe } from './read-pipe.ts';

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/** The pipes of one run of an instance. */
export interface PipesName {
  /** The folder of all pipes. */
  readonly dir: string;
  readonly instanceId: string;
  readonly run: number;
}

/** Bytes of each stream, or offsets in it. */
export interface StreamOffsets {
  readonly stdout: number;
  readonly stderr: number;
}

export interface ChildPipesOptions {
  readonly reading: PipeReading;
  /** Finds the program `mkfifo`. */
  readonly searchPath: string;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** A reader died; at most so many bytes of one stream are missing. */
  readonly onGap: (stream: 'stdout' | 'stderr', bytesMax: number) => void;
}

interface OpenPipes {
  readonly pipes: { readonly stdout: ReadPipe; readonly stderr: ReadPipe };
  readonly ended: Promise<unknown>;
  readonly guards: readonly number[];
  readonly writeEnds: readonly number[];
}

/** The two pipes of a child that is to be started. */
export class ChildPipes {
  /** Resolves when both pipes have been read to their end. */
  readonly ended: Promise<unknown>;
  readonly #name: PipesName;
  readonly #reading: PipeReading;
  readonly #pipes: OpenPipes['pipes'];
  /** Open so that a child prints on while one reader is dead and the next not there yet. */
  readonly #guards: readonly number[];
  #writeEnds: readonly number[];

  private constructor(name: PipesName, reading: PipeReading, opened: OpenPipes) {
    this.#name = name;
    this.#reading = reading;
    this.#pipes = opened.pipes;
    this.ended = opened.ended;
    this.#guards = opened.guards;
    this.#writeEnds = opened.writeEnds;
  }

  /** @throws StartRefusal when the pipes cannot be made or read; nothing is left of them then */
  static async open(name: PipesName, options: ChildPipesOptions): Promise<ChildPipes> {
    const { reading, searchPath } = options;
    try {
      await makeFifos(name, searchPath);
      return new ChildPipes(name, reading, await openPipes(name, options));
    } catch (error) {
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

  /** The child has ended: its pipes end behind the last byte. */
  end(): void {
    this.#pipes.stdout.end();
    this.#pipes.stderr.end();
  }

  /** What came of each stream before these offsets is on disk. */
  acknowledge({ stdout, stderr }: StreamOffsets): void {
    this.#reading.acknowledge(this.#pipes.stdout, stdout);
    this.#reading.acknowledge(this.#pipes.stderr, stderr);
  }

  /** Nothing is left; what was not acknowledged is lost. */
  remove(): void {
    this.closeWriteEnds();
    closeAll(this.#guards);
    this.#reading.closePipe(this.#pipes.stdout);
    this.#reading.closePipe(this.#pipes.stderr);
    removeFifos(this.#name);
  }
}

export function pathsOf({ dir, instanceId, run }: PipesName): { stdout: string; stderr: string } {
  const stem = join(dir, `${instanceId}.${run}`);
  return { stdout: `${stem}.stdout`, stderr: `${stem}.stderr` };
}

export function removeFifos(name: PipesName): void {
  for (const path of Object.values(pathsOf(name))) rmSync(path, { force: true });
}

/** Removes pipes that no row tells of: their supervisor was killed while it made them. */
export function sweepFifos(dir: string, known: readonly PipesName[]): void {
  const kept = new Set(known.flatMap((name) => Object.values(pathsOf(name))));
  for (const path of listFolder(dir)) if (!kept.has(path)) rmSync(path, { force: true });
}

/** All of it or nothing. */
async function openPipes(name: PipesName, options: ChildPipesOptions): Promise<OpenPipes> {
  const { reading, onStdout, onStderr } = options;
  const paths = pathsOf(name);
  const guards = openFifos(name, O_RDONLY | O_NONBLOCK);
  const opened: ReadPipe[] = [];
  const ends: Promise<void>[] = [];
  const open = async (stream: 'stdout' | 'stderr', onData: PipeListener['onData']) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const onGap = (bytesMax: number) => options.onGap(stream, bytesMax);
    const place = { path: paths[stream] };
    const { pipe } = await reading.openPipe(place, { onData, onGap, onOver: resolve });
    opened.push(pipe);
    ends.push(promise);
    return pipe;
  };
  try {
    const pipes = {
      stdout: await open('stdout', onStdout),
      stderr: await open('stderr', onStderr),
    };
    return { pipes, ended: Promise.all(ends), guards, writeEnds: openFifos(name, O_WRONLY) };
  } catch (error) {
    for (const pipe of opened) reading.closePipe(pipe);
    closeAll(guards);
    throw error;
  }
}

async function makeFifos(name: PipesName, searchPath: string): Promise<void> {
  mkdirSync(name.dir, { recursive: true, mode: 0o700 });
  removeFifos(name);
  const { stdout, stderr } = pathsOf(name);
  const args = ['-m', '600', stdout, stderr];
  await promisify(execFile)('mkfifo', args, { env: { PATH: searchPath } });
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

function closeAll(fds: readonly number[]): void {
  for (const fd of fds) closeSync(fd);
}

function wordsOf(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const program = syscall?.startsWith('spawn ') ? syscall.slice('spawn '.length) : undefined;
  return code === 'ENOENT' && program !== undefined
    ? `there is no program ${program}`
    : String(error);
}

function listFolder(dir: string): string[] {
  try {
    return readdirSync(dir).map((file) => join(dir, file));
  } catch {
    // No child was ever started.
    return [];
  }
}
