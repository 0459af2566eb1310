import { createCaptureSession } from '@mcplog/capture';
import { createMasker } from '@mcplog/masking';
import type { RunJournal } from '../outbox/run-journal.ts';
import type { RecoveredHeld } from './held-file.ts';

export interface RecoverOptions {
  readonly held: RecoveredHeld;
  /** A journal of the lost run. */
  readonly journal: RunJournal;
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
  readonly hashKey: Buffer;
}

/**
 * Writes the entries that a killed supervisor held back, under the numbers they would have had. If
 * it put them into the spool just before it died they have the same numbers again, and the writer
 * leaves the second ones out.
 */
export function recoverHeld({ held, journal, secrets, hashKey }: RecoverOptions): void {
  const masker = createMasker({ secrets, hashKey });
  const streams = { stdout: masker.createLineMasker(), stderr: masker.createLineMasker() };
  let n = held.nextN;
  const session = createCaptureSession({
    mask: (text) => masker.mask(text),
    maskText: (stream, text) => streams[stream].maskLine(text),
    emit: (record) => journal.writeAt(n++, record),
    stdout: 'text',
    processInfo: { run: held.run },
  });
  session.serverStderr(held.stderr);
  session.serverStdout(held.stdout);
  session.end({});
  for (const record of held.records) journal.writeAt(n++, record);
}
