/** What goes wrong on the disk in memory, and when. */
import { seededRandom } from './seeded-random.ts';

/** Calls that change something; each is one operation. A sync is two: its beginning and its end. */
export type ChangingCall =
  | 'create'
  | 'write'
  | 'truncate'
  | 'fdatasync'
  | 'fsync'
  | 'sync done'
  | 'rename'
  | 'unlink'
  | 'rmdir'
  | 'mkdir';

export interface Operation {
  readonly call: ChangingCall | 'open' | 'read' | 'readdir' | 'stat' | 'close';
  readonly path: string;
  /** Counts changing calls from 1; of another call, that of the next changing one. */
  readonly number: number;
  /** Counts calls of its name from 1. */
  readonly nth: number;
}

export interface FaultPlan {
  /** Power goes before or after the changing call of this number; every later call fails. */
  readonly powerCut?: { readonly operation: number; readonly when: 'before' | 'after' };
  /** The code a call fails with, such as `EIO`; a failing sync loses what it was to write. */
  readonly fail?: (operation: Operation) => string | undefined;
  /** True for a sync that says it is done and did nothing: what a missing fsync looks like. */
  readonly skipSync?: (operation: Operation) => boolean;
  /** Bytes that still fit. A write beyond them is short, then fails with ENOSPC. */
  readonly roomBytes?: number;
  /** Makes writes take only a part of what they are given, at random. */
  readonly shortWriteSeed?: number;
}

/** What every call meets once the power is gone. */
export class PowerCutError extends Error {
  readonly code = 'EIO';

  constructor() {
    super('the power is gone');
    this.name = 'PowerCutError';
  }
}

export function systemError(code: string, { call, path }: Pick<Operation, 'call' | 'path'>): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path });
}

/** Counts operations and lets the plan's faults happen. */
export class Faults {
  readonly #operations: Operation[] = [];
  readonly #counts = new Map<string, number>();
  #plan: FaultPlan;
  #room: number;
  #shortWrites: ReturnType<typeof seededRandom> | undefined;
  #isOff = false;

  constructor(plan: FaultPlan) {
    this.#plan = plan;
    this.#room = plan.roomBytes ?? Number.POSITIVE_INFINITY;
    this.#shortWrites =
      plan.shortWriteSeed === undefined ? undefined : seededRandom(plan.shortWriteSeed);
  }

  /** The changing calls so far. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  get isOff(): boolean {
    return this.#isOff;
  }

  /** Everything works from now on, save that power does not come back. */
  lift(): void {
    this.#plan = {};
    this.#room = Number.POSITIVE_INFINITY;
    this.#shortWrites = undefined;
  }

  /** @throws what the plan has for a call that changes nothing. */
  look(call: Operation['call'], path: string): void {
    if (this.#isOff) throw new PowerCutError();
    const operation = this.#operation(call, path);
    const code = this.#plan.fail?.(operation);
    if (code !== undefined) throw systemError(code, operation);
  }

  /**
   * Runs a call that changes something.
   * @param onFailure what happens to the disk when the plan lets it fail
   */
  change<T>(
    { call, path }: { readonly call: ChangingCall; readonly path: string },
    effect: () => T,
    onFailure?: () => void,
  ): T {
    if (this.#isOff) throw new PowerCutError();
    const operation = { ...this.#operation(call, path), number: this.#operations.length + 1 };
    this.#operations.push(operation);
    const cut = this.#plan.powerCut;
    const isCut = cut?.operation === operation.number;
    this.#isOff = isCut;
    if (isCut && cut.when === 'before') throw new PowerCutError();
    const code = this.#plan.fail?.(operation);
    if (code !== undefined) {
      onFailure?.();
      throw systemError(code, operation);
    }
    const result = effect();
    if (isCut) throw new PowerCutError();
    return result;
  }

  /** True when the sync that begins only pretends. */
  isSkipped(call: ChangingCall, path: string): boolean {
    const nth = this.#counts.get(call) ?? 0;
    return this.#plan.skipSync?.({ call, path, nth, number: this.#operations.length }) ?? false;
  }

  /** How many of these bytes a write takes. @throws ENOSPC when there is no room. */
  admit(bytes: number, growth: number, path: string): number {
    const overwritten = bytes - growth;
    const fitting = Math.min(bytes, overwritten + Math.max(0, this.#room));
    if (fitting === 0 && bytes > 0) throw systemError('ENOSPC', { call: 'write', path });
    const short = this.#shortWrites;
    return short === undefined || fitting < 2 ? fitting : 1 + short.below(fitting);
  }

  /** Told of bytes used, negative when they were freed. */
  use(bytes: number): void {
    this.#room -= bytes;
  }

  #operation(call: Operation['call'], path: string): Operation {
    const nth = (this.#counts.get(call) ?? 0) + 1;
    this.#counts.set(call, nth);
    return { call, path, nth, number: this.#operations.length + 1 };
  }
}
