import { findAccessIfAny } from '../access.ts';
import { Courier, type Parcel } from './courier.ts';
import { EntryQueue } from './entry-queue.ts';
import { toSpoolLine } from './entry-text.ts';
import type { Target } from './ingest-client.ts';
import { ENDED_EVENT } from './server-capture.ts';
import { SpoolFile } from './spool-file.ts';
import { findLeftovers, openSpoolFolder } from './spool-folder.ts';
import { openWrapLog } from './wrap-log.ts';
import type { WrapJob } from './wrap-messages.ts';

const TICK_MS = 1_000;

export interface DeliveriesOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly onProblem: (words: string) => void;
  readonly onLost: (count: number) => void;
}

/** First what dead processes left, then this run's entries, each in order. */
export class Deliveries {
  readonly #job: WrapJob;
  readonly #options: DeliveriesOptions;
  readonly #courier: Courier;
  readonly #stop = new AbortController();
  readonly #log: (words: string) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #leftovers: readonly string[];
  readonly #spool: SpoolFile | undefined;
  readonly #queue: EntryQueue;
  readonly #work: Promise<void>;
  #pinnedUrl: string | undefined;
  #isComplete = false;
  #diskProblem: string | undefined;

  constructor(job: WrapJob, options: DeliveriesOptions) {
    this.#job = job;
    this.#options = options;
    this.#log = openWrapLog(job.settings.stateDir);
    this.#courier = new Courier({
      target: () => this.#target(),
      onBegin: ({ url }) => {
        this.#pinnedUrl = url;
      },
      onProblem: (words) => this.#problem(words),
    });
    const { files, spool } = this.#openSpool();
    this.#leftovers = files;
    this.#spool = spool;
    this.#queue = new EntryQueue(spool);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#work = this.#run().catch((error: Error) => this.#problem(error.message));
  }

  add(line: Buffer): void {
    this.#queue.add(line);
    this.#courier.nudge();
  }

  /** Breaks the delivery off. */
  stop(): void {
    this.#stop.abort();
  }

  /** Everything is safe at once, and delivered if that is possible in time. */
  async end(): Promise<void> {
    this.#isComplete = true;
    this.#queue.spill();
    clearInterval(this.#timer);
    const limit = setTimeout(() => this.stop(), this.#job.settings.wrapDeliveryMs);
    this.#courier.hurry();
    await this.#work;
    clearTimeout(limit);
    if (this.#queue.isEmpty) this.#spool?.remove();
    else this.#spool?.close();
  }

  async #run(): Promise<void> {
    const { name, command } = this.#options;
    for (const file of this.#leftovers) await this.#bringLeftover(file);
    const live: Parcel = {
      name,
      command,
      queue: this.#queue,
      session: null,
      isLive: true,
      onSession: (session) => {
        this.#spool?.update({ session, url: this.#pinnedUrl ?? null });
      },
    };
    await this.#courier.deliver(live, () => this.#isComplete, this.#stop.signal);
  }

  async #bringLeftover(file: string): Promise<void> {
    const spool = SpoolFile.takeOver(file);
    if (spool === undefined) return;
    const { name, command, session, url } = spool.header;
    const target = this.#target();
    if (url !== null && target !== undefined && target.url !== url) {
      // Meant for another platform: it waits for a wrap that talks to that one.
      spool.close();
      return;
    }
    const queue = new EntryQueue(spool);
    noteDeath(spool);
    const parcel: Parcel = {
      name,
      command,
      queue,
      session,
      isLive: false,
      onSession: (next) => spool.update({ session: next, url: this.#pinnedUrl ?? url }),
    };
    const isDone = await this.#courier.deliver(parcel, () => true, this.#stop.signal);
    if (isDone) spool.remove();
    else spool.close();
  }

  #openSpool(): { readonly files: readonly string[]; readonly spool: SpoolFile | undefined } {
    const { name, command } = this.#options;
    try {
      const folder = openSpoolFolder(this.#job.settings.stateDir);
      const { files, removed } = findLeftovers(folder);
      for (const file of removed) this.#problem(`${file} was given up: too many bytes wait`);
      const url = this.#target()?.url ?? null;
      return {
        files,
        spool: SpoolFile.create(folder, { name, command: [...command], url, session: null }),
      };
    } catch (error) {
      this.#problem(`no spool: ${(error as Error).message}`);
      return { files: [], spool: undefined };
    }
  }

  /** Once a run has begun somewhere, its entries go nowhere else. */
  #target(): Target | undefined {
    const { settings, flags, isOffline } = this.#job;
    if (isOffline) return undefined;
    const pinned = this.#pinnedUrl === undefined ? flags : { ...flags, url: this.#pinnedUrl };
    return findAccessIfAny(settings, pinned);
  }

  #tick(): void {
    this.#queue.tick();
    const { problem } = this.#queue;
    if (problem !== undefined && problem !== this.#diskProblem) this.#problem(problem);
    this.#diskProblem = problem;
    const lost = this.#queue.takeLost();
    if (lost > 0) this.#options.onLost(lost);
  }

  #problem(words: string): void {
    this.#log(words);
    this.#options.onProblem(words);
  }
}

/** A run whose process was killed says so in its last entry. */
function noteDeath(spool: SpoolFile): void {
  if (spool.bytes === 0 || spool.lastLineHolds(`"event":"${ENDED_EVENT}"`)) return;
  const line = toSpoolLine({
    timestampMs: Date.now(),
    type: 'system',
    level: 'warn',
    message: 'mcplog wrap was killed: what its server did afterwards is not known',
    metadata: `"event":"${ENDED_EVENT}"`,
  });
  spool.append([line]);
}
