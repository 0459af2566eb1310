import { join } from 'node:path';
import { finishDeletions, nodeDisk } from '@mcplog/log-store/maintenance';
import type { Bus, SystemLog } from '@mcplog/message-bus';
import { ROTATED_SUBJECT, RotatedNotice } from '@mcplog/protocol';
import type { Registry } from '@mcplog/registry';
import { Compile } from 'typebox/compile';
import { JobRunner } from './jobs/job-runner.ts';
import { runRotateJob } from './jobs/rotate-job.ts';
import { runSealJob } from './jobs/seal-job.ts';
import type { OpenProof, Proof } from './proof-port.ts';
import { DamageSearch } from './sealing/damage-search.ts';
import { findWork } from './sealing/find-work.ts';
import { SealQueue } from './sealing/seal-queue.ts';
import { SealReports } from './sealing/seal-reports.ts';
import type { Settings } from './settings.ts';
import type { WorkerFigures } from './worker-figures.ts';

const notice = Compile(RotatedNotice);

export interface ShiftOptions {
  readonly bus: Bus;
  readonly registry: Pick<Registry<'jobs'>, 'jobs'>;
  readonly systemLog: SystemLog;
  readonly figures: WorkerFigures;
  readonly settings: Pick<Settings, 'logDir' | 'sealThreads' | 'scanSeconds'>;
  readonly openProof: OpenProof;
}

/** All that a maintenance-worker does while nobody else may do it. */
export class Shift {
  readonly #options: ShiftOptions;
  readonly #proof: Proof;
  readonly #reports: SealReports;
  readonly #queue: SealQueue;
  readonly #jobs: JobRunner;
  readonly #stopHearing: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #damage: DamageSearch;
  readonly #closing = new AbortController();
  /** Directories that the look under way could not list. */
  readonly #unlisted = new Set<string>();
  readonly #onUnlisted = (directory: string) => void this.#unlisted.add(directory);
  #scan: Promise<void> | undefined;

  constructor(options: ShiftOptions, proof: Proof) {
    const { bus, registry, settings, systemLog, figures } = options;
    this.#options = options;
    this.#proof = proof;
    this.#reports = new SealReports(systemLog, figures);
    this.#damage = new DamageSearch(settings.logDir, { onUnlisted: this.#onUnlisted });
    const queue = new SealQueue({
      root: settings.logDir,
      threads: settings.sealThreads,
      reports: this.#reports,
      sign: (place, facts) => proof.signSeal(place, facts),
    });
    this.#queue = queue;
    this.#jobs = new JobRunner({
      jobs: registry.jobs,
      systemLog,
      figures,
      work: {
        rotate: (work) => runRotateJob({ bus }, work),
        seal: (work) => runSealJob({ root: settings.logDir, queue }, work),
        verify: (work) => proof.verify(work),
      },
    });
    this.#stopHearing = bus.subscribe(ROTATED_SUBJECT, (_subject, payload) => this.#hear(payload));
    this.#timer = setInterval(() => this.#look(), settings.scanSeconds * 1_000);
    this.#look();
  }

  get figures(): Readonly<Record<string, number>> {
    const { waiting, oldestMs } = this.#queue;
    return {
      waiting_files: waiting,
      oldest_waiting_ms: oldestMs,
      failing_files: this.#reports.failing,
      damaged_segments: this.#reports.damaged,
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort(new Error('the shift ends'));
    this.#stopHearing();
    await Promise.all([this.#jobs.close(), this.#queue.close()]);
    await this.#scan;
    await this.#proof.close();
  }

  #hear(payload: Buffer): void {
    const told = parse(payload);
    if (told === undefined) return;
    const { owner, ...name } = told;
    const steps =
      owner.kind === 'system'
        ? ['system']
        : ['users', `user_${owner.userId}`, `mcp_${owner.instanceId}`];
    const directory = join(this.#options.settings.logDir, ...steps);
    this.#queue.add({ place: { owner, directory, steps, name }, task: 'seal' });
  }

  /**
   * Finds what nobody told of: rotated before this shift, or told while the bus was away; then looks
   * for damage in a part of what is sealed.
   */
  #look(): void {
    const { figures } = this.#options;
    const look = async () => {
      this.#unlisted.clear();
      const { logDir } = this.#options.settings;
      for await (const work of findWork(logDir, {}, this.#onUnlisted)) this.#queue.add(work);
      for await (const work of this.#damage.next(this.#closing.signal)) this.#queue.add(work);
      this.#showUnlisted();
    };
    this.#scan ??= look()
      .catch((error) => {
        if (this.#closing.signal.aborted) return;
        figures.problems.set('scan', `the log directory cannot be listed: ${String(error)}`);
      })
      .finally(() => {
        this.#scan = undefined;
      });
  }

  #showUnlisted(): void {
    const { problems } = this.#options.figures;
    const [first] = this.#unlisted;
    const count = this.#unlisted.size;
    if (first === undefined) problems.delete('scan');
    else problems.set('scan', `${count} folders of logs cannot be listed, such as ${first}`);
  }
}

/** What an interrupted deletion left goes first: it was authorised, and is nobody's log any more. */
export async function openShift(options: ShiftOptions): Promise<Shift> {
  await clearDeleted(options);
  return new Shift(options, await options.openProof());
}

async function clearDeleted({ settings, systemLog, figures }: ShiftOptions): Promise<void> {
  try {
    const left = nodeDisk.lstat(join(settings.logDir, 'deleting'))?.kind === 'directory';
    const count = left ? nodeDisk.readdir(join(settings.logDir, 'deleting')).length : 0;
    await finishDeletions(nodeDisk, settings.logDir);
    figures.problems.delete('deletions');
    if (count === 0) return;
    const message = `${count} directories that an interrupted deletion had left were removed`;
    const event = 'deletions_finished';
    systemLog.write('application', { level: 'info', event, message, metadata: { count } });
  } catch (error) {
    figures.problems.set('deletions', `deleted logs cannot be removed: ${String(error)}`);
  }
}

function parse(payload: Buffer): RotatedNotice | undefined {
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'));
    return notice.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
