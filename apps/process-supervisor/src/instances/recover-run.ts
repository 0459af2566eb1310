import type { Secret } from '@mcplog/masking';
import type { CatalogueItem } from '@mcplog/protocol';
import type { Logger } from '@mcplog/service-host';
import type { Outbox } from '../outbox/outbox.ts';
import type { RunJournal } from '../outbox/run-journal.ts';
import type { HeldFile, RecoveredHeld } from './held-file.ts';
import type { Leftover } from './leftovers.ts';
import { logLost, recoverHeld } from './recover-held.ts';

export interface RecoverRunOptions {
  readonly instanceId: string;
  /** Of this instance. */
  readonly held: HeldFile;
  readonly leftovers: readonly Leftover[];
  readonly outbox: Outbox;
  readonly openJournal: (run: number) => RunJournal;
  /** @throws Error when its secrets cannot be known: then nothing of it may be written */
  readonly describe: () => {
    readonly transport: CatalogueItem['transport'];
    readonly secrets: readonly Secret[];
  };
  readonly hashKey: Buffer;
  readonly log: Logger;
}

/**
 * Makes entries of what a killed supervisor had not put into the spool, and lets go of what it left.
 * In this order: entries, mark, row, pipes, held file. Killed anywhere in between, the next one
 * begins again at the mark, or finds that there is nothing to do.
 */
export function recoverRun(options: RecoverRunOptions): void {
  const { held, leftovers, log } = options;
  const state = held.read();
  const lost = leftovers.find(({ run }) => run === state?.mark.run);
  const isRecovered = state !== undefined && recover(state, { ...options, lost });
  for (const leftover of leftovers) {
    if (!isRecovered || leftover !== lost) logLost(log, leftover);
    leftover.settle();
  }
  held.delete();
}

function recover(
  state: RecoveredHeld,
  options: RecoverRunOptions & { readonly lost: Leftover | undefined },
): boolean {
  const { instanceId, held, lost, outbox, openJournal, describe, hashKey, log } = options;
  try {
    const journal = openJournal(state.mark.run);
    const mark = recoverHeld({ ...describe(), held: state, lost, journal, hashKey });
    // From here on nothing of it is made into entries again.
    const stopListening = outbox.onFlush(() => held.prepare(mark));
    outbox.flush();
    stopListening();
    journal.close();
    return true;
  } catch (error) {
    log.error({ err: error, instanceId }, 'held lines could not be recovered');
    return false;
  }
}
