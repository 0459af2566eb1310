/** mcplog as `npm start -- --no-demo` runs it, and instances that write as fast as they can. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChildProgram, eventually, freePort, startProgram } from '@mcplog/test-kit';
import {
  cpuSecondsOf,
  type ProcessRow,
  peakBytesOf,
  processesBelow,
  variableOf,
} from '../proc-stat.ts';
import { type ApiSession, logIn } from './api-session.ts';
import { type Contender, type IngestPlan, type IngestRun, RUN_MS_MAX } from './contender.ts';
import { writeLineFiles } from './line-files.ts';
import { countLines, untilLastLine } from './written-files.ts';

const START = fileURLToPath(new URL('../../../setup/src/start.mjs', import.meta.url));
const LINE_SOURCE = fileURLToPath(new URL('line-source.sh', import.meta.url));
const READY = /^mcplog ready: (\S+)$/m;
const START_MS_MAX = 120_000;
const SERVICE = 'lines';
const USER = { username: 'bench', password: randomBytes(12).toString('hex') };

/** The processes an entry passes through. */
export const PARTS = ['process-supervisor', 'log-writer', 'nats-server'] as const;
export type Part = (typeof PARTS)[number];

export interface McplogContender extends Contender {
  readonly pids: Readonly<Record<Part, number>>;
}

export async function openMcplog(plan: IngestPlan): Promise<McplogContender> {
  const logDir = join(plan.dir, 'logs');
  const adminPassword = randomBytes(12).toString('hex');
  const flags = ['--port', String(await freePort()), '--logs', logDir];
  const program = await startProgram(process.execPath, {
    args: [START, ...flags, '--data', join(plan.dir, 'data'), '--no-demo'],
    env: { MCPLOG_ADMIN_PASSWORD: adminPassword },
  });
  const url = await untilReady(program);
  const admin = await logIn(url, { username: 'admin', password: adminPassword });
  const { id } = await admin.call<{ id: string }>('POST', '/api/v1/admin/users', {
    ...USER,
    role: 'user',
  });
  const userDir = join(logDir, 'users', `user_${id}`);
  await admin.call('PUT', `/api/v1/admin/catalogue/${SERVICE}`, {
    command: 'sh',
    args: [LINE_SOURCE],
    env: { LINES: { secret: false, required: true }, GATE: { secret: false, required: true } },
    routing: { stderr: 'by-level' },
  });
  const user = await logIn(url, USER);
  const rows = processesBelow(program.pid);
  const pids = pidsOf(rows);
  const monitorUrl = monitorUrlOf(rows);
  const files = writeLineFiles({ ...plan, dir: join(plan.dir, 'lines') });
  let round = 0;
  return {
    name: 'mcplog',
    instances: plan.instances,
    pids,
    ingest: async () => {
      const gate = join(plan.dir, `gate-${++round}`);
      execFileSync('mkfifo', [gate]);
      const dirs = await makeInstances(user, { files, gate, userDir });
      return measure({ gate, dirs, pids, monitorUrl });
    },
    close: async () => {
      await program.end('SIGINT');
    },
  };
}

async function untilReady(program: ChildProgram): Promise<string> {
  const ended = program.exited.then(() => {
    throw new Error(`mcplog did not start:\n${program.output()}`);
  });
  const ready = eventually(() => READY.exec(program.output())?.[1], { timeoutMs: START_MS_MAX });
  return Promise.race([ready, ended]);
}

function pidsOf(rows: readonly ProcessRow[]): Record<Part, number> {
  return Object.fromEntries(PARTS.map((part) => [part, rowOf(rows, part).pid])) as Record<
    Part,
    number
  >;
}

function rowOf(rows: readonly ProcessRow[], part: string): ProcessRow {
  const row = rows.find(({ args }) =>
    part === 'nats-server'
      ? /(^|\/)nats-server$/.test(args[0] ?? '')
      : args.some((arg) => arg.includes(`apps/${part}/`)),
  );
  if (row === undefined) throw new Error(`${part} does not run`);
  return row;
}

/** The launcher gives the bus free ports; admin-api is told where its figures are. */
function monitorUrlOf(rows: readonly ProcessRow[]): string {
  const url = variableOf(rowOf(rows, 'admin-api').pid, 'MCPLOG_NATS_MONITOR_URL');
  if (url === undefined) throw new Error('admin-api knows no monitor of the bus');
  return url;
}

interface InstancesPlan {
  readonly files: readonly string[];
  readonly gate: string;
  readonly userDir: string;
}

/** One instance per file, all waiting at the gate; returns the folders of their logs. */
async function makeInstances(user: ApiSession, plan: InstancesPlan): Promise<string[]> {
  const dirs: string[] = [];
  const ids = new Set<string>();
  for (const file of plan.files) {
    const env = { LINES: file, GATE: plan.gate };
    const body = { service: SERVICE, name: `lines ${dirs.length}`, env };
    const { id } = await user.call<{ id: string }>('POST', '/api/v1/mcps', body);
    ids.add(id);
    dirs.push(join(plan.userDir, `mcp_${id}`));
  }
  await eventually(
    async () => {
      const all = await user.call<{ id: string; status: string }[]>('GET', '/api/v1/mcps');
      const waiting = all.filter(({ id, status }) => ids.has(id) && status !== 'running');
      if (waiting.length > 0) throw new Error(`${waiting.length} instances do not run yet`);
      return true;
    },
    { timeoutMs: START_MS_MAX, intervalMs: 200 },
  );
  return dirs;
}

interface Measured {
  readonly gate: string;
  readonly dirs: readonly string[];
  readonly pids: Readonly<Record<Part, number>>;
  readonly monitorUrl: string;
}

async function measure({ gate, dirs, pids, monitorUrl }: Measured): Promise<IngestRun> {
  const cpuBefore = each(pids, cpuSecondsOf);
  const startedMs = performance.now();
  const opened = openSync(gate, constants.O_RDWR);
  for (const dir of dirs) await untilLastLine(join(dir, 'app.log'), RUN_MS_MAX);
  await untilAcknowledged(monitorUrl);
  const seconds = (performance.now() - startedMs) / 1000;
  const cpuSeconds = each(pids, (pid, part) => cpuSecondsOf(pid) - cpuBefore[part]);
  closeSync(opened);
  const peakMiB = each(pids, (pid) => peakBytesOf(pid) / 2 ** 20);
  return { seconds, cpuSeconds, peakMiB, counts: countLines(dirs, '"type":"system"') };
}

function each(
  pids: Readonly<Record<Part, number>>,
  ask: (pid: number, part: Part) => number,
): Record<Part, number> {
  return Object.fromEntries(PARTS.map((part) => [part, ask(pids[part], part)])) as Record<
    Part,
    number
  >;
}

/** The log-writer acknowledges after its fdatasync; an empty stream has been synced whole. */
async function untilAcknowledged(monitorUrl: string): Promise<void> {
  await eventually(
    async () => {
      const answer = await fetch(`${monitorUrl}/jsz?accounts=true&streams=true`);
      const { account_details: accounts } = (await answer.json()) as JetStreamFigures;
      const streams = accounts.flatMap(({ stream_detail: details }) => details ?? []);
      const capture = streams.find(({ name }) => name === 'CAPTURE');
      if (capture === undefined) throw new Error('the bus has no stream CAPTURE');
      return capture.state.messages === 0;
    },
    { timeoutMs: RUN_MS_MAX, intervalMs: 5 },
  );
}

interface JetStreamFigures {
  readonly account_details: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly state: { readonly messages: number };
    }[];
  }[];
}
