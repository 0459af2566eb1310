/** A thread of the scan pool: answers one task after the other until it is told to end. */
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { releaseMemory } from './release-memory.ts';
import type { ScanGuard } from './scan-guard.ts';
import {
  type AnswerMessage,
  memoryOf,
  type PackedAnswer,
  packBatch,
  type ScanWorkerData,
  type TaskMessage,
} from './scan-message.ts';
import {
  MatcherCache,
  runScanTask,
  type ScanAnswer,
  type ScanPiece,
  type ScanTask,
} from './scan-task.ts';
import { putBatch } from './shared-slots.ts';

class Cancelled extends Error {}

const { cancelled } = workerData as ScanWorkerData;
const matchers = new MatcherCache();
/** Stored bytes of blocks, which are not handed on. */
let scratch = Buffer.allocUnsafeSlow(64 * 1024);

parentPort?.on('message', (message: TaskMessage) => {
  const reply = answerOf(message);
  const batches = reply.kind === 'answer' ? reply.answer.batches : [];
  parentPort?.postMessage(reply, batches.flatMap(memoryOf));
});

function answerOf({ id, cell, task, slot }: TaskMessage): AnswerMessage {
  const guard = guardOf(cell);
  try {
    const read = readerOf(task);
    const answer = runScanTask(task, { read, guard }, matchers.matcherOf(task.filter));
    return { id, kind: 'answer', answer: packed(answer, slot) };
  } catch (error) {
    return error instanceof Cancelled ? { id, kind: 'cancelled' } : { id, kind: 'failed', error };
  }
}

function packed(answer: ScanAnswer, slot: SharedArrayBuffer | undefined): PackedAnswer {
  const [batch] = answer.batches;
  const inSlot = slot === undefined || batch === undefined ? undefined : putBatch(slot, batch);
  if (inSlot === undefined) return { ...answer, batches: answer.batches.map(packBatch) };
  if (batch !== undefined) releaseMemory(batch.chunk);
  return { ...answer, batches: [], inSlot };
}

function guardOf(cell: number): ScanGuard {
  return {
    signal: undefined,
    remainingMs: () => Number.POSITIVE_INFINITY,
    check() {
      if (Atomics.load(cancelled, cell) !== 0) throw new Cancelled();
    },
  };
}

/** Lines of a plain file are handed on as they were read, so each piece needs memory of its own. */
function readerOf({ want }: ScanTask): (fd: number, piece: ScanPiece) => Buffer {
  return (fd, { kind, offset, bytes }) => {
    const into = kind === 'lines' && want === 'lines' ? Buffer.allocUnsafeSlow(bytes) : room(bytes);
    let got = 0;
    while (got < bytes) {
      const more = readSync(fd, into, got, bytes - got, offset + got);
      if (more === 0) break;
      got += more;
    }
    return into.subarray(0, got);
  };
}

function room(bytes: number): Buffer {
  if (scratch.length < bytes) scratch = Buffer.allocUnsafeSlow(bytes);
  return scratch.subarray(0, bytes);
}
