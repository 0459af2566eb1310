import { createCaptureSession } from '@mcplog/capture';
import { createMasker } from '@mcplog/masking';
import type { CatalogueItem } from '@mcplog/protocol';
import type { Logger } from '@mcplog/service-host';
import type { RunJournal } from '../outbox/run-journal.ts';
import { type CaptureMasks, captureMasks } from './capture-masks.ts';
import type { RecoveredHeld, RunMark } from './held-file.ts';
import type { Leftover } from './leftovers.ts';

const LF = 0x0a;

export interface RecoverOptions {
  readonly held: RecoveredHeld;
  /** The same run; absent when no row tells of it. */
  readonly lost: Leftover | undefined;
  readonly transport: CatalogueItem['transport'];
  /** A journal of the lost run. */
  readonly journal: RunJournal;
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
  readonly hashKey: Buffer;
}

/**
 * Writes the entries that a killed supervisor held back, under the numbers they would have had, and
 * behind them what it had not taken in. Returns how far the run is then.
 */
export function recoverHeld(options: RecoverOptions): RunMark {
  const { held, lost, journal } = options;
  const unread = lost?.unread ?? { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const stdout = held.stdoutMidLine ? afterFirstLine(unread.stdout) : unread.stdout;
  const { secrets, hashKey } = options;
  const masks = captureMasks(createMasker({ secrets, hashKey }));
  let n = held.mark.nextN;
  const replay = (stderrBytes: Buffer, stdoutBytes: Buffer) => {
    const session = openSession(options, masks, (record) => journal.writeAt(n++, record));
    session.serverStderr(stderrBytes);
    session.serverStdout(stdoutBytes);
    session.end({});
  };
  const [stderrCut, stdoutCut] = [firstPart(held, 'stderr'), firstPart(held, 'stdout')];
  replay(held.stderr.subarray(0, stderrCut), held.stdout.subarray(0, stdoutCut));
  for (const record of held.records) journal.writeAt(n++, record);
  replay(
    Buffer.concat([held.stderr.subarray(stderrCut), unread.stderr]),
    Buffer.concat([held.stdout.subarray(stdoutCut), stdout]),
  );
  return {
    run: held.mark.run,
    nextN: n,
    stdout: held.mark.stdout + unread.stdout.length,
    stderr: held.mark.stderr + unread.stderr.length,
  };
}

/**
 * How much of a stream's held text comes before the finished records: the lines they waited for.
 * Without any records, the lines may go on in the pipe: a stack trace stays one record. Records of
 * the stream itself (only text has no level yet) waited for the other one, and come before its text;
 * a call that waits for its verdict comes before what was printed behind it.
 */
function firstPart(
  { records, linesBehind, ...held }: RecoveredHeld,
  stream: 'stdout' | 'stderr',
): number {
  const isBehind =
    linesBehind?.includes(stream) === true ||
    records.some(({ type, level }) => type === stream && level === undefined);
  return records.length === 0 || isBehind ? 0 : held[stream].lastIndexOf(LF) + 1;
}

/** Says how much of a run cannot be recovered: nobody knows its numbers, or it cannot be masked. */
export function logLost(log: Logger, { instanceId, run, unread }: Leftover): void {
  const bytes = unread.stdout.length + unread.stderr.length;
  if (bytes > 0) log.error({ instanceId, run, bytes }, 'unread output of a lost run is lost');
}

type SessionOptions = Parameters<typeof createCaptureSession>[0];

function openSession(
  { held, lost, transport }: RecoverOptions,
  masks: CaptureMasks,
  emit: SessionOptions['emit'],
) {
  return createCaptureSession({
    ...masks,
    emit,
    // Protocol: answers to the calls of the lost supervisor are no entries.
    stdout: transport === 'http' ? 'text' : 'protocol',
    processInfo: { run: held.mark.run, ...(lost?.pid !== undefined && { pid: lost.pid }) },
  });
}

function afterFirstLine(bytes: Buffer): Buffer {
  const end = bytes.indexOf(LF);
  return end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 1);
}
