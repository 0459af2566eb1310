/** What is done again and again: closing days, making and anchoring checkpoints. */
import { ANCHOR_EVENT, ANCHOR_MEMBER, formatAnchor, type ProofKeeper } from '@mcplog/log-proof';
import { listLogDirectories, listSegments, nodeDisk } from '@mcplog/log-store/maintenance';
import type { SystemLog } from '@mcplog/message-bus';
import type { Settings } from '../settings.ts';

const ROUND_MS = 5_000;
const DAY_MS = 86_400_000;
/** By then the log-writers have rotated the files of the day before. */
const CLOSE_AFTER_MS = 60_000;
/** A file that is still not sealed by then stands in the next manifest. */
const CLOSE_AT_LAST_MS = 15 * 60_000;

export interface ProofRoundsOptions {
  readonly keeper: ProofKeeper;
  readonly systemLog: Pick<SystemLog, 'write'>;
  readonly settings: Pick<Settings, 'logDir' | 'checkpointMinutes'>;
  readonly onProblem: (problem: string | undefined) => void;
  readonly now?: () => number;
  readonly roundMs?: number;
}

export class ProofRounds {
  readonly #options: ProofRoundsOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #nextCheckpointMs = 0;

  constructor(options: ProofRoundsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#round(), options.roundMs ?? ROUND_MS);
    this.#round();
  }

  /** Makes a last checkpoint, so that it stands for all that was sealed. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
    this.#anchor();
  }

  #round(): void {
    this.#running ??= this.#work()
      .then(
        () => this.#options.onProblem(undefined),
        (error) => {
          const words = error instanceof Error ? error.message : String(error);
          this.#options.onProblem(`days and checkpoints are not signed: ${words}`);
        },
      )
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #work(): Promise<void> {
    const { keeper, settings, now = Date.now } = this.#options;
    const nowMs = now();
    if (keeper.isDayOver && this.#mayClose(nowMs)) await this.#closeDay();
    if (nowMs < this.#nextCheckpointMs) return;
    this.#nextCheckpointMs = nowMs + settings.checkpointMinutes * 60_000;
    this.#anchor();
  }

  #mayClose(nowMs: number): boolean {
    const sinceMidnightMs = nowMs % DAY_MS;
    if (sinceMidnightMs >= CLOSE_AT_LAST_MS) return true;
    return sinceMidnightMs >= CLOSE_AFTER_MS && !this.#isAnyWaiting();
  }

  #isAnyWaiting(): boolean {
    const { logDir } = this.#options.settings;
    return listLogDirectories(nodeDisk, logDir).some(({ directory }) =>
      listSegments(nodeDisk, directory).some(({ hasPlain }) => hasPlain),
    );
  }

  async #closeDay(): Promise<void> {
    const { keeper, systemLog } = this.#options;
    const closed = await keeper.closeDay();
    if (closed === undefined) return;
    const { day, manifests, failures } = closed;
    systemLog.write('application', {
      level: failures.length === 0 ? 'info' : 'error',
      event: 'integrity_day_closed',
      message: `${manifests} manifests signed up to ${day}`,
      metadata: {
        day,
        manifests,
        failures: failures
          .map(({ directory, error }) => `${directory}: ${error.message}`)
          .slice(0, 20),
      },
    });
    this.#anchor();
  }

  /** The entry stands in another file, which its own heads and seals protect, and goes to backups. */
  #anchor(): void {
    const { keeper, systemLog } = this.#options;
    const before = keeper.anchor?.number;
    const anchor = keeper.checkpoint();
    if (anchor === undefined || anchor.number === before) return;
    systemLog.write('audit', {
      level: 'info',
      event: ANCHOR_EVENT,
      message: `checkpoint ${anchor.number} of all log files`,
      metadata: { [ANCHOR_MEMBER]: formatAnchor(anchor), root: keeper.signer.rootKey },
    });
  }
}
