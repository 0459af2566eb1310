/**
 * Memory that threads share, to hand lines over in. Buffers that one thread allocates and another
 * frees leave the process three times as large as what it uses: the allocator keeps an arena for each
 * thread and gives little back. Slots are allocated once.
 */
import type { LineBatch } from '../read/line-source.ts';
import type { Matches } from '../read/matches.ts';

/** A block, its lines and some room: more is handed over as buffers. */
const SLOT_BYTES = 768 * 1024;
const SLOTS_MAX = 64;

export class SharedSlots {
  readonly #free: SharedArrayBuffer[] = [];
  #made = 0;

  /** How many there are, in use or not. */
  get made(): number {
    return this.#made;
  }

  /** `undefined` while all are in use. */
  take(): SharedArrayBuffer | undefined {
    const slot = this.#free.pop();
    if (slot !== undefined || this.#made === SLOTS_MAX) return slot;
    this.#made++;
    return new SharedArrayBuffer(SLOT_BYTES);
  }

  give(slot: SharedArrayBuffer): void {
    this.#free.push(slot);
  }
}

/** Where in a slot a batch lies: seqs first, for their alignment, then starts, ends and text. */
export interface SlotBatch {
  readonly lines: number;
  readonly chunkBytes: number;
  readonly damaged: number;
}

const SEQ_BYTES = Float64Array.BYTES_PER_ELEMENT;
const PLACE_BYTES = Int32Array.BYTES_PER_ELEMENT;

interface SlotView {
  readonly seqs: Float64Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly chunk: Buffer;
}

function viewOf(slot: SharedArrayBuffer, lines: number, chunkBytes: number): SlotView {
  const startsAt = lines * SEQ_BYTES;
  const endsAt = startsAt + lines * PLACE_BYTES;
  return {
    seqs: new Float64Array(slot, 0, lines),
    starts: new Int32Array(slot, startsAt, lines),
    ends: new Int32Array(slot, endsAt, lines),
    chunk: Buffer.from(slot, endsAt + lines * PLACE_BYTES, chunkBytes),
  };
}

/** Copies the lines of a batch into a slot; `undefined` when they do not fit. */
export function putBatch(
  slot: SharedArrayBuffer,
  { chunk, matches }: LineBatch,
): SlotBatch | undefined {
  const { seqs, starts, ends, damaged } = matches;
  const lines = seqs.length;
  let chunkBytes = 0;
  for (let at = 0; at < lines; at++) chunkBytes += lengthOf(matches, at);
  if (lines * (SEQ_BYTES + 2 * PLACE_BYTES) + chunkBytes > slot.byteLength) return undefined;
  const view = viewOf(slot, lines, chunkBytes);
  view.seqs.set(seqs);
  // Lines that lie side by side, which is most of them in an export, are copied at once.
  let [to, runStart, runEnd] = [0, 0, 0];
  const copyRun = () => {
    view.chunk.set(chunk.subarray(runStart, runEnd), to - (runEnd - runStart));
  };
  for (let at = 0; at < lines; at++) {
    const start = starts[at] as number;
    if (start !== runEnd) {
      copyRun();
      runStart = start;
    }
    view.starts[at] = to;
    to += lengthOf(matches, at);
    view.ends[at] = to - 1;
    runEnd = (ends[at] as number) + 1;
  }
  copyRun();
  return { lines, chunkBytes, damaged };
}

/** With the newline. */
function lengthOf({ starts, ends }: Matches, at: number): number {
  return (ends[at] as number) - (starts[at] as number) + 1;
}

/** The batch as it lies in the slot, until somebody else puts one there. */
export function batchIn(
  slot: SharedArrayBuffer,
  { lines, chunkBytes, damaged }: SlotBatch,
): LineBatch {
  const { chunk, seqs, starts, ends } = viewOf(slot, lines, chunkBytes);
  return { chunk, matches: { seqs, starts, ends, entries: [], damaged } };
}
