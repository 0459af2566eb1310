/** What happens to a store, step by step, written down so that it can be played again and again. */
import type { LogFile } from '@mcplog/log-entry';
import type { InstanceIds, LogTarget } from '@mcplog/log-store/writer';
import type { FaultPlan } from '@mcplog/test-kit';
import { type Batch, entryOf, targetKey } from './entries.ts';

export type Step =
  | { readonly do: 'deliver'; readonly batch: Batch }
  | { readonly do: 'commit' }
  /** A batch arrives while a commit runs, and a second commit is called. */
  | { readonly do: 'commit while'; readonly batch: Batch }
  | { readonly do: 'rotate'; readonly target: LogTarget }
  /** A batch arrives while a file is rotated. */
  | { readonly do: 'rotate while'; readonly target: LogTarget; readonly batch: Batch }
  | { readonly do: 'seal' }
  /** A batch arrives and is committed while files are sealed. */
  | { readonly do: 'seal while'; readonly batch: Batch }
  | { readonly do: 'create'; readonly ids: InstanceIds }
  /** The writer stops in order and another starts. */
  | { readonly do: 'reopen' }
  /** The writer is killed and another starts; the kernel lives on. */
  | { readonly do: 'kill' };

export interface History {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Files the writer may keep open. */
  readonly filesMax?: number;
  /** Syncs that only pretend: a store with such a defect must be caught. */
  readonly skipSync?: NonNullable<FaultPlan['skipSync']>;
  /** Which fdatasyncs fail, counted from 1; absent when none does. */
  readonly failingSyncs?: readonly number[];
}

export function instanceFile(instanceId: string, file: LogFile = 'app'): LogTarget {
  return { kind: 'instance', userId: 'alice', instanceId, file };
}

export const AUDIT: LogTarget = { kind: 'system', category: 'audit' };

/** A log and how many entries it gets. */
export type Part = readonly [LogTarget, number];

/** Gives every log its next numbers. */
export class Numbers {
  readonly #last = new Map<string, number>();
  day = 0;

  /** A batch with so many entries for each log, in the order given. */
  batch(...parts: readonly Part[]): Batch {
    return parts.map(([target, count]) => {
      const entries = Array.from({ length: count }, () => {
        const owner = target.kind === 'system' ? targetKey(target) : target.instanceId;
        const n = (this.#last.get(owner) ?? 0) + 1;
        this.#last.set(owner, n);
        return entryOf(target, n, this.day);
      });
      return { target, entries };
    });
  }
}

/** Every log a history writes to. */
export function targetsOf({ steps }: History): LogTarget[] {
  const targets = new Map<string, LogTarget>();
  for (const step of steps) {
    for (const { target } of 'batch' in step ? step.batch : []) {
      targets.set(targetKey(target), target);
    }
  }
  return [...targets.values()];
}
