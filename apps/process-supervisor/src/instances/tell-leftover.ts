import type { RunJournal } from '../outbox/run-journal.ts';
import { type Leftover, UNREAD_BYTES_MAX } from './leftovers.ts';

/** Writes to the new run's log how the one before ended; returns the words. */
export function tellLeftover(journal: RunJournal, leftover: Leftover): string {
  const { run: lostRun, pid, processes, isWhole } = leftover;
  const ended = `${processes} processes of it still ran and were ended`;
  const words = `run ${lostRun} ended with its supervisor, which was killed; ${ended}`;
  journal.system('error', words, { event: 'leftovers_ended', lostRun, pid, processes });
  if (!isWhole && pid !== undefined) tellMissing(journal, lostRun);
  return words;
}

/** Its pipe reader died too. */
function tellMissing(journal: RunJournal, lostRun: number): void {
  const words = `up to ${UNREAD_BYTES_MAX} bytes of each stream of run ${lostRun} may be missing`;
  const facts = { event: 'output_may_be_missing', lostRun, bytesMax: UNREAD_BYTES_MAX };
  journal.system('error', `${words}: its pipe reader ended too`, facts);
}
