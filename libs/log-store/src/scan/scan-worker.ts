/** A thread of the scan pool: answers one task after the other until it is told to end. */
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { readSpared } from '../disk/sparing-disk.ts';
import type { LineBatch } from '../read/line-source.ts';
import type { ScanGuard } from '../read/scan-guard.ts';
import { RowWriter } from '../rows/row-format.ts';
import { releaseMemory } from './release-memory.ts';
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
/** Rows are copied on before the next task begins. */
let rows: RowWriter | undefined;
const rowWriter = () => {
  rows ??= new RowWriter();
  return rows;
};

parentPort?.on('message', (message: TaskMessage) => {
  const reply = answerOf(message);
  const batches = reply.kind === 'answer' ? reply.answer.batches : [];
  parentPort?.postMessage(reply, batches.flatMap(memoryOf));
});

function answerOf({ id, cell, task, slot }: TaskMessage): AnswerMessage {
  const guard = guardOf(cell);
  try {
    const read = readerOf(task);
    const room = { read, guard, rowWriter };
    const answer = runScanTask(task, room, matchers.matcherOf(task.filter));
    return { id, kind: 'answer', answer: packed(answer, task, slot) };
  } catch (error) {
    return error instanceof Cancelled ? { id, kind: 'cancelled' } : { id, kind: 'failed', error };
  }
}

function packed(
  answer: ScanAnswer,
  { rows: format }: ScanTask,
  slot: SharedArrayBuffer | undefined,
): PackedAnswer {
  const [batch] = answer.batches;
  const inSlot = slot === undefined || batch === undefined ? undefined : putBatch(slot, batch);
  const isScratch = format !== undefined;
  if (inSlot === undefined) {
    const batches = isScratch ? answer.batches.map(copied) : answer.batches;
    return { ...answer, batches: batches.map(packBatch) };
  }
  if (batch !== undefined && !isScratch) releaseMemory(batch.chunk);
  return { ...answer, batches: [], inSlot };
}

function copied({ chunk, matches }: LineBatch): LineBatch {
  const own = Buffer.allocUnsafeSlow(chunk.length);
  chunk.copy(own);
  return { chunk: own, matches };
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
function readerOf({ want, rows: format }: ScanTask): (fd: number, piece: ScanPiece) => Buffer {
  return (fd, { kind, offset, bytes }) => {
    const isHandedOn = kind === 'lines' && want === 'lines' && format === undefined;
    const into = isHandedOn ? Buffer.allocUnsafeSlow(bytes) : room(bytes);
    const read = (part: Uint8Array, at: number) => readSync(fd, part, 0, part.length, at);
    let got = 0;
    while (got < bytes) {
      const more = readSpared(read, into.subarray(got), offset + got);
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
