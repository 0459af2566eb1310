/** Keeps servers from each other and from us, as strongly as this machine allows. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { bubblewrapArgs, type ChildLimits } from './bubblewrap.ts';
import { findProgram } from './find-program.ts';
import { closedFolderOf, isWithin, openUp, shownPaths } from './shown-paths.ts';

export type IsolationKind = 'bubblewrap' | 'uid' | 'none';

/** Homes and places of other services. */
const HIDDEN = ['/root', '/home'];
/** Far from the uids that systems give to people and services. */
const UID_BASE = 200_000;
const PROBE_TIMEOUT_MS = 10_000;
/** A program that was ended by signal n has the exit status 128 + n, as shells tell it. */
const SIGNAL_STATUS = 128;

/** As settings have it, see isolation-settings.ts. */
export interface IsolationOptions {
  readonly isolation: 'auto' | 'required' | 'off';
  readonly childUidBase?: number | undefined;
  readonly dataDir: string;
  /** Further folders that no server may see: logs, keys of the bus. */
  readonly hiddenDirs: readonly string[];
  readonly childMemoryBytes: number;
  readonly childProcessesMax: number;
  readonly childOpenFilesMax: number;
  /** Where `bwrap`, `prlimit` and `setpriv` are found. */
  readonly searchPath: string;
}

export interface PlainCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>> & { readonly PATH: string };
  readonly home: string;
  readonly uid: number | undefined;
}

export interface EnclosedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** For `spawn`; absent where the enclosure changes it itself. */
  readonly uid: number | undefined;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Isolation {
  readonly kind: IsolationKind;
  /** First of the uids of users; absent when all servers share that of this process. */
  readonly uidBase: number | undefined;
  /** Why it is weaker than it could be, with what to do about it. */
  readonly weakness: string | undefined;
  /** @throws NoProgramError when there is nothing to run */
  enclose(command: PlainCommand): EnclosedCommand;
  /** How the server itself ended, told from how the enclosure did. */
  exitOf(status: ExitStatus): ExitStatus;
  /** True for a process of the enclosure itself, which must outlive the server's own end. */
  isWarden(programName: string): boolean;
}

/** @throws Error when isolation is required and cannot be had, or uids without being root */
export async function openIsolation(options: IsolationOptions): Promise<Isolation> {
  const { isolation: wish, childUidBase } = options;
  const isRoot = process.getuid?.() === 0;
  if (childUidBase !== undefined && !isRoot) {
    throw new Error('MCPLOG_CHILD_UID_BASE needs a supervisor that was started as root');
  }
  if (wish === 'off') return plain(childUidBase, 'MCPLOG_ISOLATION is off');
  const problem = await probe(options);
  if (problem === undefined) {
    return bubblewrap(options, isRoot ? (childUidBase ?? UID_BASE) : undefined);
  }
  const weakness = `bubblewrap does not work here: ${problem}`;
  if (wish === 'required') throw new Error(`MCPLOG_ISOLATION is required, but ${weakness}`);
  return plain(childUidBase, weakness);
}

function plain(uidBase: number | undefined, weakness: string): Isolation {
  return {
    kind: uidBase === undefined ? 'none' : 'uid',
    uidBase,
    weakness,
    enclose({ command, args, env, home, uid }) {
      findProgram(command, env.PATH.split(delimiter), home);
      return { command, args, uid };
    },
    exitOf: (status) => status,
    isWarden: () => false,
  };
}

/** Servers run as this process does. */
export const NO_ISOLATION: Isolation = plain(undefined, 'nobody asked for it');

function bubblewrap(options: IsolationOptions, uidBase: number | undefined): Isolation {
  return {
    kind: 'bubblewrap',
    uidBase,
    weakness: undefined,
    enclose: (command) => ({ command: 'bwrap', args: argsOf(options, command), uid: undefined }),
    exitOf: ({ code, signal }) => {
      const number = (code ?? 0) - SIGNAL_STATUS;
      const named = Object.entries(constants.signals).find(([, value]) => value === number);
      return named === undefined
        ? { code, signal }
        : { code: null, signal: named[0] as NodeJS.Signals };
    },
    isWarden: (programName) => programName === 'bwrap',
  };
}

function argsOf(options: IsolationOptions, plainCommand: PlainCommand): string[] {
  const { command, args, env, uid } = plainCommand;
  const searchPath = env.PATH.split(delimiter);
  const program = findProgram(command, searchPath, plainCommand.home);
  // The enclosure's own folders are real ones: a mount over a link would follow it.
  const home = realpathSync(plainCommand.home);
  const secret = realFolders([options.dataDir, ...options.hiddenDirs]);
  const needed = shownPaths({ program, args, searchPath });
  const wanted = uid === undefined ? needed : needed.flatMap(openUp);
  // Another uid cannot pass every folder that we can: what it needs below one is mounted afresh.
  const closed = uid === undefined ? [] : wanted.map(({ path }) => closedFolderOf(path));
  const hidden = outermost([
    ...realFolders(HIDDEN),
    ...closed.filter((path) => path !== undefined),
  ]);
  const covers = outermost([...hidden, '/tmp', '/var/tmp', '/run', ...secret]);
  const shown = wanted
    .map((each) => ({ ...each, covered: covers.find((path) => isWithin(each.path, path)) }))
    // What is not hidden is there anyway, but only to read.
    .filter(({ covered, writable }) => writable || covered !== undefined);
  const view = { home, hidden, secret, shown, uid, limits: limitsOf(options) };
  return [...bubblewrapArgs(view), command, ...args];
}

function limitsOf(options: IsolationOptions): ChildLimits {
  const { childMemoryBytes, childProcessesMax, childOpenFilesMax } = options;
  return {
    memoryBytes: childMemoryBytes,
    processes: childProcessesMax,
    openFiles: childOpenFilesMax,
  };
}

function realFolders(paths: readonly string[]): string[] {
  return paths.filter((path) => existsSync(path)).map((path) => realpathSync(path));
}

function outermost(paths: readonly string[]): string[] {
  const all = [...new Set(paths)];
  return all.filter((path) => !all.some((other) => other !== path && isWithin(path, other)));
}

/** @returns what is wrong, in words; undefined when a program runs enclosed */
async function probe(options: IsolationOptions): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it needs Linux';
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const home = mkdtempSync(join(options.dataDir, '.isolation-probe-'));
  const uid = process.getuid?.() === 0 ? 0 : undefined;
  const env = { PATH: options.searchPath };
  try {
    const args = argsOf(options, { command: 'true', args: [], env, home, uid });
    await promisify(execFile)('bwrap', args, { env, timeout: PROBE_TIMEOUT_MS });
    return undefined;
  } catch (error) {
    return wordsOf(error);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function wordsOf(error: unknown): string {
  const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
  if (code === 'ENOENT') return 'it is not installed (Debian: apt-get install bubblewrap)';
  return stderr?.trim().split('\n')[0] || message;
}
