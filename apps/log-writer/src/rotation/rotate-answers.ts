import { randomUUID } from 'node:crypto';
import type { LogWriter } from '@mcplog/log-store/writer';
import type { Bus } from '@mcplog/message-bus';
import { ROTATE_SUBJECT, type RotateProgress, RotateRequest } from '@mcplog/protocol';
import { Compile } from 'typebox/compile';
import { describeTarget } from '../describe-target.ts';
import { listTargets } from './log-targets.ts';
import type { Rotator } from './rotator.ts';

const TELL_EVERY_MS = 500;
const FAILURES_TOLD_MAX = 20;
const request = Compile(RotateRequest);

export interface RotateAnswersOptions {
  readonly root: string;
  readonly bus: Bus;
  readonly store: Pick<LogWriter, 'look'>;
  readonly rotator: Pick<Rotator, 'rotate'>;
  /** Whether a lease is held and nobody else may think it is free. */
  readonly isSafe: (lease: string) => boolean;
}

/** Rotates on demand what lies under this writer's leases, and says how far it is. */
export class RotateAnswers {
  readonly #options: RotateAnswersOptions;
  readonly #stop: () => void;
  readonly #writer = randomUUID();
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: RotateAnswersOptions) {
    this.#options = options;
    this.#stop = options.bus.answer(ROTATE_SUBJECT, (payload, answer) => {
      const asked = parse(payload);
      const tell = (progress: RotateProgress) => answer(JSON.stringify(progress));
      // Whoever asked hears nothing of a failed listing, and asks again.
      if (asked !== undefined) {
        this.#last = this.#last.then(() => this.#rotate(asked, tell)).catch(() => undefined);
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    await this.#last;
  }

  async #rotate(asked: RotateRequest, tell: (progress: RotateProgress) => void): Promise<void> {
    const { root, store, rotator, isSafe } = this.#options;
    const leases = new Set(asked.leases.filter(isSafe));
    if (leases.size === 0) return;
    const targets = [];
    for await (const target of listTargets(root, leases, asked)) {
      if (store.look(target) !== undefined) targets.push(target);
    }
    const failures: string[] = [];
    const common = { writer: this.#writer, total: targets.length, failures };
    const progress = { ...common, leases: [...leases] };
    let [done, rotated, toldMs] = [0, 0, performance.now()];
    tell({ ...progress, done, rotated, isLast: false });
    for (const target of targets) {
      if (this.#closed) return;
      const outcome = await rotator.rotate(target);
      done++;
      if (outcome === 'rotated') rotated++;
      if (outcome === 'failed' && failures.length < FAILURES_TOLD_MAX) {
        failures.push(describeTarget(target));
      }
      if (performance.now() - toldMs < TELL_EVERY_MS) continue;
      toldMs = performance.now();
      tell({ ...progress, done, rotated, isLast: false });
    }
    tell({ ...progress, leases: [...leases].filter(isSafe), done, rotated, isLast: true });
  }
}

function parse(payload: Buffer): RotateRequest | undefined {
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'));
    return request.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
