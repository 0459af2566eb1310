import type { LogTarget, LogWriter } from '@mcplog/log-store/writer';
import { type Bus, type Intake, type IntakeMessage, openIntake } from '@mcplog/message-bus';
import { targetKey } from './group-commit.ts';
import type { WriterFigures } from './writer-figures.ts';

/** What is written under one lease, and from where. */
export interface ShardPlan {
  /** The lease, such as `shard-3` or `system`. */
  readonly name: string;
  readonly stream: string;
  readonly filterSubject: string;
  readonly write: (message: IntakeMessage) => Promise<void>;
}

export interface ShardWriterOptions {
  readonly bus: Bus;
  readonly store: Pick<LogWriter, 'resume'>;
  readonly figures: WriterFigures;
  /** False when another writer might hold the lease: then nothing may be written. */
  readonly isSafe: () => boolean;
  /** Told before delivery begins at the first message not acknowledged, with the lease's name. */
  readonly onRestart: (name: string) => void;
}

/** Reads one shard and writes it; every failure makes the bus hand the rest over again. */
export class ShardWriter {
  readonly #plan: ShardPlan;
  readonly #options: ShardWriterOptions;
  readonly #blocked = new Map<string, LogTarget>();
  readonly #intake: Intake;

  constructor(plan: ShardPlan, options: ShardWriterOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#intake = openIntake(options.bus, {
      stream: plan.stream,
      consumer: `writer-${plan.name}`,
      filterSubject: plan.filterSubject,
      onMessage: (message) => this.#write(message),
      onRestart: () => {
        this.#resumeBlocked();
        options.onRestart(plan.name);
      },
    });
  }

  /** A file of this shard could not be synced: its entries must come again. */
  takeAgain(target: LogTarget): void {
    this.#blocked.set(targetKey(target), target);
    this.#intake.restart();
  }

  close(): Promise<void> {
    return this.#intake.close();
  }

  async #write(message: IntakeMessage): Promise<void> {
    const { isSafe, figures } = this.#options;
    const { name, write } = this.#plan;
    if (!isSafe()) throw new Error(`the lease ${name} has run out`);
    try {
      await write(message);
      figures.problems.delete(name);
    } catch (error) {
      figures.problems.set(name, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  #resumeBlocked(): void {
    const { store, figures } = this.#options;
    for (const target of this.#blocked.values()) {
      try {
        store.resume(target);
        this.#blocked.delete(targetKey(target));
      } catch (error) {
        figures.problems.set(targetKey(target), String(error));
      }
    }
  }
}
