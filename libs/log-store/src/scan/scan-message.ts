/** What scan pool and scan worker say to each other. */
import type { LineBatch } from '../read/line-source.ts';
import type { Matches } from '../read/matches.ts';
import { releaseMemory } from './release-memory.ts';
import type { ScanAnswer, ScanTask } from './scan-task.ts';
import type { SlotBatch } from './shared-slots.ts';

/** Handed to a worker when it starts. */
export interface ScanWorkerData {
  /** One cell for each task under way in the pool: not 0 when nobody waits for it any more. */
  readonly cancelled: Int32Array;
}

export interface TaskMessage {
  readonly id: number;
  /** The task's cell in {@link ScanWorkerData.cancelled}. */
  readonly cell: number;
  readonly task: ScanTask;
  /** For the lines of a task with one piece. */
  readonly slot?: SharedArrayBuffer;
}

export type AnswerMessage =
  | { readonly id: number; readonly kind: 'answer'; readonly answer: PackedAnswer }
  | { readonly id: number; readonly kind: 'cancelled' }
  | { readonly id: number; readonly kind: 'failed'; readonly error: unknown };

export interface PackedAnswer extends Omit<ScanAnswer, 'batches'> {
  readonly batches: readonly PackedBatch[];
  /** Where the one batch lies in the slot that came with the task. */
  readonly inSlot?: SlotBatch;
}

/** A batch in buffers of its own, so that they can change hands without a copy. */
export interface PackedBatch {
  readonly chunk: Uint8Array;
  /** Exact up to 2^53. */
  readonly seqs: Float64Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly damaged: number;
}

/** Below this share of a chunk its matches are copied out, and the rest need not be kept. */
const DENSE = 0.5;

export function packBatch({ chunk, matches }: LineBatch): PackedBatch {
  const { starts, ends, damaged } = matches;
  const seqs = Float64Array.from(matches.seqs);
  let bytes = 0;
  for (let at = 0; at < starts.length; at++) bytes += lengthOf(matches, at);
  if (bytes > chunk.length * DENSE) {
    return { chunk, seqs, starts: Int32Array.from(starts), ends: Int32Array.from(ends), damaged };
  }
  const copy = { chunk: new Uint8Array(bytes), starts: new Int32Array(starts.length) };
  const newEnds = new Int32Array(starts.length);
  let to = 0;
  for (let at = 0; at < starts.length; at++) {
    const start = starts[at] as number;
    copy.chunk.set(chunk.subarray(start, start + lengthOf(matches, at)), to);
    copy.starts[at] = to;
    to += lengthOf(matches, at);
    newEnds[at] = to - 1;
  }
  releaseMemory(chunk);
  return { ...copy, seqs, ends: newEnds, damaged };
}

/** With the newline. */
function lengthOf({ starts, ends }: Matches, at: number): number {
  return (ends[at] as number) - (starts[at] as number) + 1;
}

export function unpackBatch({ chunk, seqs, starts, ends, damaged }: PackedBatch): LineBatch {
  const { buffer, byteOffset, byteLength } = chunk;
  return {
    chunk: Buffer.from(buffer, byteOffset, byteLength),
    matches: { seqs, starts, ends, entries: [], damaged },
  };
}

/** The memory that a batch hands over; small buffers may share theirs and are copied instead. */
export function memoryOf({ chunk, seqs, starts, ends }: PackedBatch): ArrayBuffer[] {
  return [chunk, seqs, starts, ends]
    .map(({ buffer, byteLength }) => ({ buffer, isWhole: byteLength === buffer.byteLength }))
    .flatMap(({ buffer, isWhole }) => (isWhole && buffer instanceof ArrayBuffer ? [buffer] : []));
}
