/** Starts the whole product exactly as `npm start` does, or takes one that is already up. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ChildProgram,
  eventually,
  freePort,
  makeTempDir,
  type ProgramExit,
  startProgram,
} from '@mcplog/test-kit';
import { type Part, pidOfPart } from './processes.ts';

/** The folder of this repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

const READY = /^mcplog ready: (\S+)$/m;
const START_MS = 120_000;
const RESTART_MS = 60_000;

export interface Product {
  /** The one origin. */
  readonly url: string;
  readonly adminPassword: string;
  /** Files and processes; absent when the product runs elsewhere. */
  readonly local: LocalParts | undefined;
  /**
   * Ends what was started here with SIGINT.
   * @throws Error when it does not end by itself with status 0
   */
  stop(): Promise<void>;
}

export interface LocalParts {
  readonly logDir: string;
  readonly dataDir: string;
  /** What the product printed so far. */
  output(): string;
  pidOf(part: Part): number | undefined;
  /** Sends a signal to the process of one part; returns its pid. */
  signal(part: Part, signal: NodeJS.Signals): number;
  /** Resolves when the part runs under another pid than this. */
  untilRestarted(part: Part, oldPid: number): Promise<number>;
}

/** True when the tests run against a product they did not start (MCPLOG_TEST_URL). */
export const isRemote = process.env.MCPLOG_TEST_URL !== undefined;

/** The product under test: the one at MCPLOG_TEST_URL, else a new one. */
export async function openProduct(): Promise<Product> {
  const url = process.env.MCPLOG_TEST_URL;
  if (url === undefined) return startProduct();
  const adminPassword = process.env.MCPLOG_TEST_ADMIN_PASSWORD;
  if (adminPassword === undefined) throw new Error('MCPLOG_TEST_ADMIN_PASSWORD is not set');
  return { url, adminPassword, local: undefined, stop: async () => {} };
}

/**
 * A path of this repository as the servers of the product see it; in containers the repository
 * lies elsewhere (MCPLOG_TEST_REPOSITORY).
 */
export function productPath(path: string): string {
  return join(process.env.MCPLOG_TEST_REPOSITORY ?? ROOT, path);
}

/** A new product on a free port with empty folders, without the demo, with these settings. */
export async function startProduct(
  settings: Readonly<Record<string, string>> = {},
): Promise<Product> {
  const [logDir, dataDir] = [await makeTempDir('logs'), await makeTempDir('data')];
  const adminPassword = randomBytes(12).toString('hex');
  const flags = ['--port', String(await freePort()), '--logs', logDir, '--data', dataDir];
  const env = { ...settings, MCPLOG_ADMIN_PASSWORD: adminPassword };
  const program = await runStart([...flags, '--no-demo'], env);
  const url = await untilReady(program);
  return {
    url,
    adminPassword,
    local: localParts(program, { logDir, dataDir }),
    stop: () => stop(program),
  };
}

/** `npm start` without npm, with these flags and variables. */
export function runStart(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProgram> {
  const args = [join(ROOT, 'tools', 'setup', 'src', 'start.mjs'), ...flags];
  return startProgram(process.execPath, { args, env });
}

async function untilReady(program: ChildProgram): Promise<string> {
  let exit: ProgramExit | undefined;
  void program.exited.then((ended) => {
    exit = ended;
  });
  const words = () => `ended with ${JSON.stringify(exit)}:\n${program.output()}`;
  await eventually(() => exit !== undefined || READY.test(program.output()), {
    timeoutMs: START_MS,
  }).catch((error: Error) => {
    throw new Error(`${error.message}\n${program.output()}`);
  });
  const url = READY.exec(program.output())?.[1];
  if (url === undefined) throw new Error(words());
  return url;
}

function localParts(
  program: ChildProgram,
  folders: { readonly logDir: string; readonly dataDir: string },
): LocalParts {
  const pidOf = (part: Part) => pidOfPart(program.pid, part);
  return {
    ...folders,
    output: program.output,
    pidOf,
    signal: (part, signal) => {
      const pid = pidOf(part);
      if (pid === undefined) throw new Error(`${part} does not run`);
      process.kill(pid, signal);
      return pid;
    },
    untilRestarted: (part, oldPid) =>
      eventually(
        () => {
          const pid = pidOf(part);
          return pid === oldPid ? undefined : pid;
        },
        { timeoutMs: RESTART_MS },
      ),
  };
}

async function stop(program: ChildProgram): Promise<void> {
  const { code, signal } = await program.end('SIGINT');
  if (code === 0) return;
  throw new Error(`the product ended with ${code ?? signal}, not 0:\n${program.output()}`);
}
