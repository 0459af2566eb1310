/** Signs once a second how far the files have come, so that a cut or changed tail is found. */
import {
  HeadJournal,
  headOf,
  openSigner,
  type SignedHead,
  takeSignerSlot,
} from '@mcplog/log-proof';
import type { Head } from '@mcplog/log-store/writer';

const INTERVAL_MS = 1_000;
/** Heads kept for the next attempt; later ones of the same files say more. */
const WAITING_MAX = 10_000;

export interface HeadSigningOptions {
  readonly logs: string;
  readonly data: string;
  readonly takeHeads: () => Head[];
  readonly intervalMs?: number;
}

/** Writing logs goes on whatever happens here: a problem is told in the life signs. */
export class HeadSigning {
  readonly #options: HeadSigningOptions;
  readonly #timer: NodeJS.Timeout;
  #open:
    | { readonly journal: HeadJournal; readonly slot: ReturnType<typeof takeSignerSlot> }
    | undefined;
  #waiting: SignedHead[] = [];
  #problem: string | undefined;

  constructor(options: HeadSigningOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#sign(), options.intervalMs ?? INTERVAL_MS);
    this.#sign();
  }

  get problems(): readonly string[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  /** Signs what came last. Call it after the writer has closed its files. */
  close(): void {
    clearInterval(this.#timer);
    this.#sign();
    this.#release();
  }

  #sign(): void {
    const { logs, data, takeHeads } = this.#options;
    this.#waiting = [...this.#waiting, ...takeHeads().map(headOf)].slice(-WAITING_MAX);
    try {
      if (this.#open !== undefined && !this.#open.slot.keep()) this.#release();
      if (this.#open === undefined) {
        const slot = takeSignerSlot(data, 'log-writer');
        const signer = openSigner({ data, name: slot.name });
        this.#open = { slot, journal: new HeadJournal({ signer, logs }) };
      }
      this.#open.journal.append(this.#waiting);
      this.#waiting = [];
      this.#problem = undefined;
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      this.#problem = `log files are written but not signed: ${words}`;
    }
  }

  #release(): void {
    this.#open?.journal.close();
    this.#open?.slot.release();
    this.#open = undefined;
  }
}
