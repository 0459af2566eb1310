import type { Masker } from '@mcplog/masking';
import type { SystemLog } from '@mcplog/message-bus';
import {
  type IngestAnswer,
  type IngestLine,
  type InstanceRecord,
  McplogError,
  WRAP_SERVICE,
  type WrapAnswer,
  type WrapRequest,
} from '@mcplog/protocol';
import { newId, type RunCounter } from '@mcplog/registry';
import type { Outbox } from '../outbox/outbox.ts';
import type { RunIdentity } from '../outbox/shard-lane.ts';
import type { SupervisorRegistry } from '../supervisor.ts';
import { encodeMetadata } from './ingest-lines.ts';
import type { NewestRuns } from './newest-runs.ts';

/** A run that was heard of within this time is in use: a second client gets an instance of its own. */
const IN_USE_MS = 10_000;
/** The last entry of a wrapped server: its instance is free for the next one. */
const WRAP_ENDED = 'wrap_ended';
const INSTANCES_PER_USER_MAX = 200;
/** How far a client's clock may be ahead of ours. */
const CLOCK_AHEAD_MS = 60_000;

export interface WrapIngestOptions {
  readonly registry: SupervisorRegistry;
  readonly runs: RunCounter;
  readonly outbox: Outbox;
  readonly masker: Masker;
  readonly systemLog: SystemLog;
  readonly newestRuns: NewestRuns;
}

/** The newest run of one instance. */
interface OpenRun {
  readonly run: number;
  acceptedThrough: number;
  lastMs: number;
  heardAtMs: number;
}

/** Takes entries of servers that their owners run themselves. */
export class WrapIngest {
  readonly #options: WrapIngestOptions;
  readonly #runs = new Map<string, OpenRun>();

  constructor(options: WrapIngestOptions) {
    this.#options = options;
  }

  /** A fresh run of the caller's instance of that name; the instance is made when there is none. */
  async begin(userId: string, { name, command }: WrapRequest): Promise<WrapAnswer> {
    const { registry, runs, systemLog, masker, newestRuns } = this.#options;
    const own = registry.instances
      .list()
      .filter((record) => record.userId === userId && record.service === WRAP_SERVICE);
    const free = own.find((record) => record.name === name && !this.#isInUse(record.id));
    const { id } = free ?? (await this.#create(userId, name, own.length));
    const run = await runs.take(id);
    this.#runs.set(id, newRun(run));
    newestRuns.set(id, run);
    systemLog.write('pm2', {
      level: 'info',
      event: 'wrap_started',
      message: `${id}: ${masker.mask(command.join(' '))}`.slice(0, 4_096),
      metadata: { instanceId: id, userId, service: WRAP_SERVICE, run },
    });
    return { instance_id: id, run };
  }

  /**
   * Takes the lines that are new in this run; they are in the spool when this returns.
   * @throws McplogError when a newer run has begun, lines are missing before these, or the spool
   * is full
   */
  accept(record: InstanceRecord, run: number, lines: readonly IngestLine[]): IngestAnswer {
    const state = this.#stateOf(record.id, run, lines[0]);
    state.heardAtMs = performance.now();
    const identity = identityOf(record, run);
    for (const line of lines) {
      if (line.n <= state.acceptedThrough) continue;
      if (!this.#append(identity, line, state)) throw spoolFull(state);
      state.acceptedThrough = line.n;
      if (line.metadata?.event === WRAP_ENDED) state.heardAtMs = Number.NEGATIVE_INFINITY;
    }
    this.#options.outbox.flush();
    if (this.#options.outbox.takeLost(identity) > 0) {
      this.#runs.delete(record.id);
      throw new McplogError('MCPLOG_SERVICE_UNAVAILABLE', 'the spool cannot be written now');
    }
    return { accepted_through: state.acceptedThrough };
  }

  #isInUse(instanceId: string): boolean {
    const state = this.#runs.get(instanceId);
    return state !== undefined && performance.now() - state.heardAtMs < IN_USE_MS;
  }

  async #create(userId: string, name: string, owned: number): Promise<InstanceRecord> {
    if (owned >= INSTANCES_PER_USER_MAX) {
      const words = `a user may have ${INSTANCES_PER_USER_MAX} wrapped servers; delete one first`;
      throw new McplogError('MCPLOG_CONFLICT', words);
    }
    const id = newId(`${WRAP_SERVICE}-${name}`);
    const record: InstanceRecord = {
      id,
      userId,
      service: WRAP_SERVICE,
      name,
      desired: 'stopped',
      restartCount: 0,
      env: {},
      sealedEnv: '',
      createdAt: new Date().toISOString(),
    };
    await this.#options.registry.instances.create(id, record);
    return record;
  }

  #stateOf(instanceId: string, run: number, first: IngestLine | undefined): OpenRun {
    const next = this.#options.registry.runs.get(instanceId)?.next ?? 1;
    if (run >= next) throw new McplogError('MCPLOG_NOT_FOUND', `there is no run ${run}`);
    const newest = this.#options.newestRuns.of(instanceId);
    if (run !== newest) {
      // The writer would take entries of an older run for repeats.
      const words = `run ${newest} has begun; begin a new run for what is left`;
      throw new McplogError('MCPLOG_CONFLICT', words);
    }
    const known = this.#runs.get(instanceId);
    if (known?.run !== run) {
      // After a restart of this service nothing is known of the run: it goes on where it says.
      const state = { ...newRun(run), acceptedThrough: (first?.n ?? 1) - 1 };
      this.#runs.set(instanceId, state);
      return state;
    }
    if (first !== undefined && first.n > known.acceptedThrough + 1) {
      const problem = `n must be at most ${known.acceptedThrough + 1}`;
      const details = [{ path: 'line 1', problem }];
      throw new McplogError('MCPLOG_CONFLICT', 'lines are missing before these', details);
    }
    return known;
  }

  #append(identity: RunIdentity, line: IngestLine, state: OpenRun): boolean {
    const { masker, outbox } = this.#options;
    const mask = (text: string) => masker.mask(text);
    const newest = Date.now() + CLOCK_AHEAD_MS;
    state.lastMs = Math.max(state.lastMs, Math.min(line.timestampMs, newest));
    return outbox.append(identity, line.n, {
      timestampMs: state.lastMs,
      type: line.type,
      level: line.level,
      message: mask(line.message),
      metadata: encodeMetadata(line.metadata, mask),
    });
  }
}

function newRun(run: number): OpenRun {
  return { run, acceptedThrough: 0, lastMs: 0, heardAtMs: performance.now() };
}

function identityOf(record: InstanceRecord, run: number): RunIdentity {
  const { userId, id: instanceId, service } = record;
  return { userId, instanceId, service, run, stderrRouting: 'error-log' };
}

function spoolFull({ acceptedThrough }: OpenRun): McplogError {
  const words = `the spool is full; accepted through ${acceptedThrough}, send the rest later`;
  return new McplogError('MCPLOG_SERVICE_UNAVAILABLE', words);
}
