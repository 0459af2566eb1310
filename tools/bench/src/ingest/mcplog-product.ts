/** The whole product, started as `npm start -- --no-demo` starts it, on empty folders. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChildProgram, eventually, freePort, startProgram } from '@mcplog/test-kit';
import { type ProcessRow, processesBelow, variableOf } from '../proc-stat.ts';
import { type ApiSession, logIn } from './api-session.ts';

const START = fileURLToPath(new URL('../../../setup/src/start.mjs', import.meta.url));
const READY = /^mcplog ready: (\S+)$/m;
const START_MS_MAX = 120_000;

/**
 * Room for one user with as many instances as a benchmark wants, and no storm limits: all else as
 * it is by default.
 */
const ROOM = {
  MCPLOG_INSTANCES_PER_USER_MAX: '10000',
  MCPLOG_REQUESTS_PER_MINUTE: '100000',
  MCPLOG_STORM_LINES_PER_SECOND: '0',
  MCPLOG_STORM_BYTES_PER_DAY: '0',
  // As rsyslog's: one file from the first line to the last.
  MCPLOG_ROTATE_BYTES: String(2 ** 30),
};

/** The processes an entry passes through. */
export const PARTS = ['pipe-reader', 'process-supervisor', 'log-writer', 'nats-server'] as const;
export type Part = (typeof PARTS)[number];
export type PartPids = Readonly<Record<Part, number>>;

export interface Product {
  readonly url: string;
  readonly admin: ApiSession;
  readonly logDir: string;
  readonly pids: PartPids;
  /** The service that searches and exports: its process and its own port. */
  readonly query: { readonly pid: number; readonly port: number };
  /** Where the bus tells its figures. */
  readonly monitorUrl: string;
  stop(): Promise<void>;
}

/** @throws Error with what it printed when it does not start */
export async function startProduct(dir: string): Promise<Product> {
  const logDir = join(dir, 'logs');
  const password = randomBytes(12).toString('hex');
  const flags = ['--port', String(await freePort()), '--logs', logDir];
  const program = await startProgram(process.execPath, {
    args: [START, ...flags, '--data', join(dir, 'data'), '--no-demo'],
    env: { ...ROOM, MCPLOG_ADMIN_PASSWORD: password },
  });
  const url = await untilReady(program);
  const rows = await eventually(() => rowsOfAll(program.pid));
  return {
    url,
    admin: await logIn(url, { username: 'admin', password }),
    logDir,
    pids: eachPart((part) => rowOf(rows, part).pid),
    query: queryOf(rows),
    monitorUrl: monitorUrlOf(rows),
    stop: async () => {
      await program.end('SIGINT');
    },
  };
}

/** Asks something about each part. */
export function eachPart(ask: (part: Part) => number): Record<Part, number> {
  return Object.fromEntries(PARTS.map((part) => [part, ask(part)])) as Record<Part, number>;
}

async function untilReady(program: ChildProgram): Promise<string> {
  const ended = program.exited.then(() => {
    throw new Error(`mcplog did not start:\n${program.output()}`);
  });
  const ready = eventually(() => READY.exec(program.output())?.[1], { timeoutMs: START_MS_MAX });
  return Promise.race([ready, ended]);
}

/** @throws Error while a part does not run yet */
function rowsOfAll(rootPid: number): ProcessRow[] {
  const rows = processesBelow(rootPid);
  for (const part of PARTS) rowOf(rows, part);
  return rows;
}

function isPart(args: readonly string[], part: string): boolean {
  switch (part) {
    case 'nats-server':
      return /(^|\/)nats-server$/.test(args[0] ?? '');
    case 'pipe-reader':
      return args.some((arg) => arg.includes('/src/pipe-reader/'));
    default:
      return args.some((arg) => arg.includes(`apps/${part}/src/main.ts`));
  }
}

function rowOf(rows: readonly ProcessRow[], part: string): ProcessRow {
  const row = rows.find(({ args }) => isPart(args, part));
  if (row === undefined) throw new Error(`${part} does not run`);
  return row;
}

function queryOf(rows: readonly ProcessRow[]): Product['query'] {
  const { pid } = rowOf(rows, 'query-api');
  return { pid, port: Number(variableOf(pid, 'MCPLOG_HTTP_PORT')) };
}

/** The launcher gives the bus free ports; admin-api is told where its figures are. */
function monitorUrlOf(rows: readonly ProcessRow[]): string {
  const url = variableOf(rowOf(rows, 'admin-api').pid, 'MCPLOG_NATS_MONITOR_URL');
  if (url === undefined) throw new Error('admin-api knows no monitor of the bus');
  return url;
}
