/** A real bus, and real log-writers and maintenance-workers as processes. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { encodeEntry, type LogEntry, makeSeq, nOfSeq, parseEntry } from '@mcplog/log-entry';
import {
  compareSegmentNames,
  listSegments,
  nodeDisk,
  plainFileOf,
  sealedFileOf,
} from '@mcplog/log-store/maintenance';
import { type Bus, connectBus, openIntake, provisionBus } from '@mcplog/message-bus';
import {
  captureSubject,
  type JobKind,
  type JobRecord,
  SectionEncoder,
  SYSTEM_STREAM,
  type SystemRecord,
  shardOf,
} from '@mcplog/protocol';
import { newId, openRegistry, type Registry } from '@mcplog/registry';
import {
  type ChildProgram,
  eventually,
  freePort,
  makeTempDir,
  startNats,
  startProgram,
} from '@mcplog/test-kit';

export const IDS = { userId: 'ann', instanceId: 'i1' };

export interface Rig {
  readonly bus: Bus;
  readonly logDir: string;
  readonly directory: string;
  readonly registry: Registry<'jobs' | 'leases' | 'services'>;
  start(
    app: 'log-writer' | 'maintenance-worker',
    env?: Record<string, string>,
  ): Promise<ChildProgram>;
  /** Publishes lines of instance i1 with the numbers that follow. */
  capture(lines: number): Promise<void>;
  /** The number of the last line that was published. */
  readonly captured: number;
  runJob(kind: JobKind, scope?: { user?: string; instance?: string }): Promise<JobRecord>;
  stop(): Promise<void>;
}

export async function startRig(): Promise<Rig> {
  const nats = await startNats();
  const bus = await connectBus({ url: nats.url, app: 'test' });
  await provisionBus(bus);
  const registry = await openRegistry(bus, { watch: ['jobs', 'leases', 'services'] });
  const logDir = await makeTempDir('logs');
  const programs: ChildProgram[] = [];
  let captured = 0;
  let batches = 0;
  return {
    bus,
    logDir,
    directory: join(logDir, 'users', 'user_ann', 'mcp_i1'),
    registry,
    get captured() {
      return captured;
    },
    start: async (app, env = {}) => {
      const program = await startProgram(process.execPath, {
        args: [fileURLToPath(new URL(`../../${app}/src/main.ts`, import.meta.url))],
        env: {
          MCPLOG_NATS_URL: nats.url,
          MCPLOG_LOG_DIR: logDir,
          MCPLOG_DATA_DIR: join(dirname(logDir), `${logDir.split('/').at(-1)}-data`),
          MCPLOG_HTTP_PORT: String(await freePort()),
          MCPLOG_SCAN_SECONDS: '1',
          MCPLOG_COMMIT_INTERVAL_MS: '20',
          ...env,
        },
      });
      programs.push(program);
      return program;
    },
    capture: async (lines) => {
      const payload = batchOf(captured + 1, captured + lines);
      const id = `${++batches}`;
      // As the supervisor does: the same batch under the same id until it is acknowledged.
      await eventually(() => bus.publishDurable(captureSubject(shardOf('i1')), payload, id));
      captured += lines;
    },
    runJob: async (kind, scope = {}) => {
      const id = newId(kind);
      await registry.jobs.create(id, newJob(id, kind, scope));
      return eventually(
        () => {
          const job = registry.jobs.get(id);
          return job?.finishedAt === undefined ? undefined : job;
        },
        { timeoutMs: 50_000 },
      );
    },
    stop: async () => {
      await Promise.all(programs.map((program) => program.end('SIGTERM')));
      registry.close();
      await bus.close();
      await nats.stop();
    },
  };
}

export function newJob(id: string, kind: JobKind, scope: object = {}): JobRecord {
  return {
    id,
    kind,
    ...scope,
    status: 'queued',
    done: 0,
    total: 0,
    cancelRequested: false,
    requestedBy: 'test',
    createdAt: new Date().toISOString(),
  };
}

function batchOf(from: number, to: number): Buffer {
  const encoder = new SectionEncoder();
  for (let n = from; n <= to; n++) {
    encoder.append({ timestampMs: Date.now(), type: 'stdout', message: `line ${n}`, metadata: '' });
  }
  return encoder.finish({
    ...IDS,
    service: 'everything',
    run: 1,
    firstN: from,
    stderrRouting: 'error-log',
  });
}

/** System entries that services sent, as they come. */
export function hearSystemEntries(bus: Bus): { told: SystemRecord[]; close: () => Promise<void> } {
  const told: SystemRecord[] = [];
  const intake = openIntake(bus, {
    stream: SYSTEM_STREAM,
    consumer: 'test',
    filterSubject: 'system.*',
    onMessage: (message) => {
      told.push(JSON.parse(message.payload.toString('utf8')));
      message.ack();
    },
  });
  return { told, close: () => intake.close() };
}

/** Encoded lines of instance i1. */
export function linesOf(from: number, to: number): string {
  let text = '';
  for (let n = from; n <= to; n++) text += `${encodeEntry(entryOf(n))}\n`;
  return text;
}

function entryOf(n: number): LogEntry {
  return {
    timestamp: '2025-07-13T12:00:00.000Z',
    level: 'info',
    message: `line ${n}`,
    metadata: { seq: makeSeq(1, n), type: 'stdout', ...IDS, service: 'everything' },
  };
}

/** What zcat and cat of all files of app.log give, one after the other; plain wins over sealed. */
export function numbersOnDisk(directory: string): number[] {
  const listed = listSegments(nodeDisk, directory, 'app');
  listed.sort((one, other) => compareSegmentNames(one.name, other.name));
  const texts = listed.map(({ name, hasPlain }) =>
    hasPlain
      ? readFileSync(join(directory, plainFileOf(name)))
      : gunzipSync(readFileSync(join(directory, sealedFileOf(name)))),
  );
  const text = Buffer.concat([...texts, readFileSync(join(directory, 'app.log'))]).toString('utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => nOfSeq(parseEntry(line)?.metadata.seq ?? 0));
}

export const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

/** The rotated and sealed files of app.log, by their endings. */
export function countFiles(directory: string): { plain: number; sealed: number } {
  const names = readdirSync(directory).filter((name) => /^app\.log\.\d/.test(name));
  const sealed = names.filter((name) => name.endsWith('.gz')).length;
  return { plain: names.length - sealed, sealed };
}
