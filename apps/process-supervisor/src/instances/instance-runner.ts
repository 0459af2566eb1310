import { once } from 'node:events';
import type { Sealer } from '@mcplog/access-control';
import type { SystemLog } from '@mcplog/message-bus';
import type { CatalogueItem, InstanceRecord, InstanceStatus } from '@mcplog/protocol';
import type { RunCounter } from '@mcplog/registry';
import { type Backoff, backoff, type Logger, pause } from '@mcplog/service-host';
import type { Isolation } from '../isolation/isolation.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { RunJournal } from '../outbox/run-journal.ts';
import type { PipeReading } from '../pipes/pipe-reading.ts';
import type { CaptureFigures } from './capture-figures.ts';
import {
  buildEnvironment,
  type ChildEnvironment,
  homeOf,
  StartRefusal,
} from './child-environment.ts';
import type { ChildOwners } from './child-owners.ts';
import { ChildRun, type RunEnd } from './child-run.ts';
import type { ChildrenFile } from './children-file.ts';
import { CRASH_LOOP_EXITS, CrashLoop } from './crash-loop.ts';
import type { HealthLimits } from './health-settings.ts';
import { HeldFile } from './held-file.ts';
import { InstanceBudget } from './instance-budget.ts';
import type { Leftover } from './leftovers.ts';
import { recoverRun } from './recover-run.ts';
import type { StatusBoard } from './status-board.ts';
import type { StormOptions } from './storm-settings.ts';
import { tellLeftover } from './tell-leftover.ts';

const RESTART = { minMs: 500, maxMs: 30_000 };
/** Between the starts of an instance that keeps crashing. */
const CRASH_LOOP_RESTART = { minMs: 60_000, maxMs: 300_000 };
const BUS_RETRY = { minMs: 200, maxMs: 5_000 };
/** After so long a process counts as healthy: the next failure is the first one again. */
const HEALTHY_MS = 60_000;
/** How often a running instance's last error is looked at for its status. */
const LAST_ERROR_EVERY_MS = 3_000;

/** What all instances share. */
export interface InstanceSurroundings {
  readonly outbox: Outbox;
  readonly runs: RunCounter;
  readonly sealer: Sealer;
  readonly children: ChildrenFile;
  readonly reading: PipeReading;
  readonly status: StatusBoard;
  readonly systemLog: SystemLog;
  readonly log: Logger;
  readonly dataDir: string;
  readonly heldDir: string;
  readonly childPath: string;
  readonly owners: ChildOwners;
  readonly isolation: Isolation;
  readonly hashKey: Buffer;
  readonly storm: StormOptions;
  readonly figures: CaptureFigures;
  readonly health: HealthLimits;
}

/** Keeps one instance as its owner wants it. */
export class InstanceRunner {
  readonly #around: InstanceSurroundings;
  readonly #crashes = new CrashLoop();
  readonly #changed = new Set<() => void>();
  #restart: Backoff = backoff(RESTART);
  #record: InstanceRecord;
  #item: CatalogueItem | undefined;
  #leftovers: readonly Leftover[];
  readonly #held: HeldFile;
  readonly #budget: InstanceBudget;
  #current: ChildRun | undefined;
  #state: InstanceStatus['state'] = 'stopped';
  #attempts = 0;
  #run = 0;
  #lastEnd: RunEnd | undefined;
  #refusal: string | undefined;
  #toldError: string | undefined;
  #changedAt = '';
  /** Aborted to end a wait early: the owner wants something else now. */
  #wait = new AbortController();
  #closedBy: string | undefined;
  #running: Promise<void> | undefined;

  constructor(
    around: InstanceSurroundings,
    wanted: { record: InstanceRecord; item: CatalogueItem | undefined },
    leftovers: readonly Leftover[],
  ) {
    this.#around = around;
    this.#record = wanted.record;
    this.#item = wanted.item;
    this.#leftovers = leftovers;
    const { heldDir: dir, sealer } = around;
    this.#held = new HeldFile({ dir, instanceId: wanted.record.id, sealer });
    this.#budget = new InstanceBudget(around.storm.limits);
    this.#recoverLost();
    if (this.#isWanted) this.#begin();
    else this.#tell('stopped');
  }

  get record(): InstanceRecord {
    return this.#record;
  }

  get state(): InstanceStatus['state'] {
    return this.#state;
  }

  /** The process that runs now. */
  get current(): ChildRun | undefined {
    return this.#current;
  }

  /** The owner or an administrator has changed something. */
  apply(record: InstanceRecord, item: CatalogueItem | undefined): void {
    const before = { record: this.#record, item: this.#item };
    this.#record = record;
    this.#item = item;
    const isRestart = record.restartCount !== before.record.restartCount;
    const itemChanged = item?.updatedAt !== before.item?.updatedAt;
    if (!this.#isWanted) {
      this.#wait.abort();
      this.#stopCurrent('the owner');
    } else if (isRestart || (itemChanged && this.#current === undefined)) {
      this.#forgive();
      this.#stopCurrent('the owner (restart)');
      this.#begin();
    } else {
      this.#begin();
    }
  }

  /** Resolves with the running process, or undefined when there is none within the time. */
  async untilRunning(timeoutMs: number): Promise<ChildRun | undefined> {
    const deadline = performance.now() + timeoutMs;
    while (this.#serving === undefined && this.#isComing) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return undefined;
      await this.#nextChange(leftMs);
    }
    return this.#serving;
  }

  /** Ends the process and everything about this instance here. */
  async close(askedBy: string): Promise<void> {
    this.#closedBy = askedBy;
    this.#wait.abort();
    this.#stopCurrent(askedBy);
    await this.#running;
  }

  get #isWanted(): boolean {
    return this.#record.desired === 'running' && this.#closedBy === undefined;
  }

  /** The process, unless it is on its way out. */
  get #serving(): ChildRun | undefined {
    return this.#current?.isEnding === false ? this.#current : undefined;
  }

  get #isComing(): boolean {
    return this.#isWanted && this.#state !== 'failed';
  }

  #begin(): void {
    if (this.#running !== undefined) return;
    this.#running = this.#keepRunning()
      .catch((error: unknown) => {
        this.#around.log.error({ err: error, instanceId: this.#record.id }, 'instance given up');
        this.#tell('failed');
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#isWanted && this.#state === 'stopped') this.#begin();
      });
  }

  /** Everything is forgotten that would delay the next start. */
  #forgive(): void {
    this.#attempts = 0;
    this.#forgetFailures();
    this.#refusal = undefined;
    this.#wait.abort();
  }

  #forgetFailures(): void {
    this.#restart = backoff(RESTART);
    this.#crashes.clear();
  }

  #stopCurrent(askedBy: string): void {
    this.#current?.stop(askedBy).catch((error: unknown) => {
      this.#around.log.error({ err: error, instanceId: this.#record.id }, 'stopping failed');
    });
  }

  async #keepRunning(): Promise<void> {
    while (this.#isWanted) {
      this.#wait = new AbortController();
      this.#attempts++;
      this.#tell('starting');
      const end = await this.#runOnce();
      if (!this.#isWanted) break;
      if (end === undefined) await this.#untilForgiven();
      else if (!end.wasAsked) await this.#backOff();
    }
    this.#tell('stopped');
  }

  /** Undefined when it could not be started and trying again would change nothing. */
  async #runOnce(): Promise<RunEnd | undefined> {
    const run = await this.#takeRun();
    if (run === undefined) return undefined;
    this.#run = run;
    const journal = this.#openJournal(run);
    const looking = setInterval(() => this.#tellLastError(), LAST_ERROR_EVERY_MS);
    const healthy = setTimeout(() => this.#tellHealthy(journal), HEALTHY_MS);
    try {
      this.#current = await this.#start(run, journal);
      this.#tell('running');
      this.#pm2('info', 'instance_started', `pid ${this.#current.pid}`);
      const end = await this.#watch(this.#current);
      this.#tellProtocol(this.#current);
      this.#noteEnd(end, journal);
      return end;
    } catch (error) {
      this.#noteRefusal(error, journal);
      return undefined;
    } finally {
      clearInterval(looking);
      clearTimeout(healthy);
      this.#current = undefined;
      journal.close();
    }
  }

  #tellLastError(): void {
    const lastError = this.#current?.lastError;
    if (lastError === undefined || lastError === this.#toldError) return;
    this.#toldError = lastError;
    this.#tell(this.#state);
  }

  #tellHealthy(journal: RunJournal): void {
    if (this.#current === undefined) return;
    if (this.#crashes.isTold) {
      const words = `crash loop over: it has run for ${HEALTHY_MS / 1000} s`;
      this.#pm2('info', 'crash_loop_over', words);
      journal.system('info', words, { event: 'crash_loop_over' });
    }
    this.#forgetFailures();
  }

  /** The calls that its end left unanswered count too. */
  #tellProtocol(ended: ChildRun): void {
    const report = ended.newProtocolReport();
    if (report !== undefined) this.#around.status.setProtocol(this.#record.id, report);
  }

  #noteEnd(end: RunEnd, journal: RunJournal): void {
    this.#lastEnd = end;
    const event = end.wasAsked ? 'instance_stopped' : 'instance_crashed';
    const orphans = end.orphans === 0 ? '' : `; ${end.orphans} orphans of it were ended`;
    this.#pm2(end.wasAsked ? 'info' : 'error', event, `${end.words}${orphans}`);
    if (end.uptimeMs >= HEALTHY_MS) this.#forgetFailures();
    if (end.wasAsked || !this.#crashes.note(performance.now())) return;
    this.#restart = backoff(CRASH_LOOP_RESTART);
    const words = `crash loop: ${CRASH_LOOP_EXITS} ends within a minute; it is started less often now`;
    this.#pm2('error', 'crash_loop', words);
    journal.system('error', words, { event: 'crash_loop' });
  }

  #noteRefusal(error: unknown, journal: RunJournal): void {
    this.#refusal = error instanceof StartRefusal ? error.message : String(error);
    const words = `instance could not be started: ${this.#refusal}`;
    this.#pm2('error', 'instance_start_refused', words);
    journal.system('error', words, { event: 'instance_start_refused' });
  }

  /** A wish that came while the process was being started is not lost. */
  #watch(current: ChildRun): Promise<RunEnd> {
    if (!this.#isWanted) this.#stopCurrent(this.#closedBy ?? 'the owner');
    return current.ended;
  }

  /** A run from the registry; waits for the bus when none is in reserve. */
  async #takeRun(): Promise<number | undefined> {
    const retry = backoff(BUS_RETRY);
    while (this.#isWanted) {
      try {
        return await this.#around.runs.take(this.#record.id);
      } catch (error) {
        this.#around.log.warn({ err: error, instanceId: this.#record.id }, 'no run to be had yet');
        await pause(retry.nextMs(), this.#wait.signal);
      }
    }
    return undefined;
  }

  #journalOf(run: number): RunJournal {
    const { id: instanceId, userId, service } = this.#record;
    const stderrRouting = this.#item?.routing.stderr ?? 'error-log';
    const identity = { userId, instanceId, service, run, stderrRouting };
    return new RunJournal(this.#around.outbox, identity);
  }

  /** What a killed supervisor had not yet put into the spool, before anything else is said. */
  #recoverLost(): void {
    const { outbox, hashKey, log } = this.#around;
    recoverRun({
      ...{ outbox, hashKey, log, held: this.#held, leftovers: this.#leftovers },
      instanceId: this.#record.id,
      openJournal: (run) => this.#journalOf(run),
      describe: () => {
        const item = this.#item;
        if (item === undefined) throw new Error('its catalogue item is gone');
        return { transport: item.transport, secrets: this.#environment(item).secrets };
      },
    });
  }

  #environment(item: CatalogueItem): ChildEnvironment {
    const { dataDir, childPath, sealer } = this.#around;
    const home = homeOf(dataDir, this.#record.id);
    return buildEnvironment(this.#record, item, { sealer, path: childPath, home });
  }

  #openJournal(run: number): RunJournal {
    const journal = this.#journalOf(run);
    for (const leftover of this.#leftovers) {
      this.#pm2('error', 'leftovers_ended', tellLeftover(journal, leftover));
    }
    this.#leftovers = [];
    return journal;
  }

  #start(run: number, journal: RunJournal): Promise<ChildRun> {
    const { dataDir, owners, storm } = this.#around;
    const record = this.#record;
    const item = this.#item;
    if (item === undefined) {
      throw new StartRefusal(`there is no catalogue item ${record.service} any more`);
    }
    const home = homeOf(dataDir, record.id);
    const environment = this.#environment(item);
    const uid = owners.prepareHome(record.userId, home);
    const own = { record, item, run, environment, home, uid, journal, held: this.#held };
    const limits = { budget: this.#budget.of(item), repeatsShown: storm.repeatsShown };
    return ChildRun.start({ ...this.#around, ...own, ...limits });
  }

  async #untilForgiven(): Promise<void> {
    this.#tell('failed');
    const { signal } = this.#wait;
    if (!signal.aborted) await once(signal, 'abort');
  }

  async #backOff(): Promise<void> {
    this.#tell('backing_off');
    await pause(RESTART.minMs / 2 + this.#restart.nextMs(), this.#wait.signal);
  }

  #pm2(level: 'info' | 'error', event: string, words: string): void {
    const { id, userId, service } = this.#record;
    const metadata = { instanceId: id, userId, service, run: this.#run };
    this.#around.systemLog.write('pm2', { level, event, message: `${id}: ${words}`, metadata });
  }

  #tell(state: InstanceStatus['state']): void {
    if (state !== this.#state || this.#changedAt === '') this.#changedAt = new Date().toISOString();
    this.#state = state;
    const lastExit = this.#refusal ?? this.#lastEnd?.words;
    const lastError = this.#current?.lastError ?? this.#lastEnd?.lastError;
    this.#around.status.set({
      instanceId: this.#record.id,
      state,
      run: this.#run,
      attempts: this.#attempts,
      changedAt: this.#changedAt,
      ...(this.#current !== undefined && { pid: this.#current.pid }),
      ...(lastExit !== undefined && { lastExit }),
      ...(lastError !== undefined && { lastError }),
    });
    for (const wake of [...this.#changed]) wake();
  }

  #nextChange(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#changed.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#changed.add(done);
    });
  }
}
