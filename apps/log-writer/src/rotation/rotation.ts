import type { LogTarget } from '@mcplog/log-store/writer';
import type { LeaseKeeper } from '@mcplog/registry';
import type { Settings } from '../settings.ts';
import { DailyRotation } from './daily-rotation.ts';
import { leaseOf } from './log-targets.ts';
import { RotateAnswers } from './rotate-answers.ts';
import { Rotator, type RotatorOptions } from './rotator.ts';

export interface RotationOptions extends Omit<RotatorOptions, 'isOurs' | 'fullBytes'> {
  readonly settings: Pick<Settings, 'logDir' | 'rotateAt' | 'rotateBytes'>;
  readonly leases: Pick<LeaseKeeper, 'held' | 'isSafe'>;
}

/** Rotates this writer's files: full ones, those of an earlier day, and on demand. */
export class Rotation {
  readonly #rotator: Rotator;
  readonly #daily: DailyRotation;
  readonly #answers: RotateAnswers;

  constructor(options: RotationOptions) {
    const { settings, leases, store, bus } = options;
    const isSafe = (lease: string) => leases.isSafe(lease);
    const isOurs = (target: LogTarget) => isSafe(leaseOf(target));
    const rotator = new Rotator({ ...options, isOurs, fullBytes: settings.rotateBytes });
    const parts = { root: settings.logDir, store, rotator };
    this.#rotator = rotator;
    this.#daily = new DailyRotation({
      ...parts,
      minuteOfDay: minuteOf(settings.rotateAt),
      held: () => leases.held.filter(isSafe),
    });
    this.#answers = new RotateAnswers({ ...parts, bus, isSafe });
  }

  /** To be called within an append: the rotation comes behind it. */
  rotateFull(target: LogTarget): void {
    this.#rotator.rotateFull(target);
  }

  /** Files whose last rotation failed. */
  get failing(): number {
    return this.#rotator.failing;
  }

  /** Waits for the file that is being rotated. */
  async close(): Promise<void> {
    this.#rotator.close();
    await Promise.all([this.#daily.close(), this.#answers.close()]);
  }
}

/** Of `HH:MM`. */
function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return 60 * hours + minutes;
}
