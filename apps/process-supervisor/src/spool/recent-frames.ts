import { boundsOf, FRAME_PREFIX_BYTES, type FrameGroup, type GroupLimit } from './spool-segment.ts';

/** What is published is mostly what was just written: so much of it need not be read back. */
const RING_BYTES = 512 * 1024;

interface KeptFrame {
  readonly segment: number;
  /** Where the frame begins in its segment. */
  readonly at: number;
  /** Where its payload is in the ring. */
  readonly from: number;
  readonly end: number;
}

/**
 * Payloads of frames that are not acknowledged yet, in one piece of memory that is used round and
 * round. What does not fit is left out, and comes from the file.
 */
export class RecentFrames {
  #ring: Buffer | undefined;
  /** Oldest first. */
  readonly #frames: KeptFrame[] = [];

  /** Takes a copy of a frame behind all others. */
  keep(segment: number, at: number, payload: Buffer): void {
    const from = this.#placeFor(payload.length);
    if (from === undefined) return;
    this.#ring ??= Buffer.allocUnsafeSlow(RING_BYTES);
    payload.copy(this.#ring, from);
    this.#frames.push({ segment, at, from, end: from + payload.length });
  }

  /**
   * The frames of a segment from `start` on: as many as lie in a row and fit `bytesMax`, at least
   * one, or exactly those up to `endWanted`. The payload is a view, as it is until it is released
   * or forgotten. Undefined when they are not all here.
   */
  group(segment: number, start: number, limit: GroupLimit): FrameGroup | undefined {
    const [first] = this.#frames;
    if (first === undefined || first.segment !== segment || first.at !== start) return undefined;
    const { bytesMax, endMax } = boundsOf(limit);
    let last = first;
    for (const frame of this.#frames.slice(1)) {
      const isNext = isBehind(frame, last) && frame.at < endMax;
      if (!isNext || frame.end - first.from > bytesMax) break;
      last = frame;
    }
    const end = endOf(last);
    if (limit.endWanted !== undefined && end !== limit.endWanted) return undefined;
    return { payload: (this.#ring as Buffer).subarray(first.from, last.end), start, end };
  }

  /** What ends at `end` in a segment, and all before it, is not wanted any more. */
  release(segment: number, end: number): void {
    let [first] = this.#frames;
    while (first !== undefined && (first.segment < segment || endOf(first) <= end)) {
      this.#frames.shift();
      first = this.#frames[0];
    }
  }

  /** For somebody may still look at what {@link group} gave: that stays as it is. */
  forget(): void {
    this.#frames.length = 0;
    this.#ring = undefined;
  }

  #placeFor(bytes: number): number | undefined {
    const oldest = this.#frames[0];
    const newest = this.#frames.at(-1);
    if (oldest === undefined || newest === undefined) return bytes <= RING_BYTES ? 0 : undefined;
    const isRound = newest.from < oldest.from;
    const limit = isRound ? oldest.from : RING_BYTES;
    if (newest.end + bytes <= limit) return newest.end;
    return !isRound && bytes <= oldest.from ? 0 : undefined;
  }
}

function isBehind(frame: KeptFrame, last: KeptFrame): boolean {
  return frame.segment === last.segment && frame.from === last.end && frame.at === endOf(last);
}

/** Where a frame ends in its segment. */
function endOf({ at, from, end }: KeptFrame): number {
  return at + FRAME_PREFIX_BYTES + end - from;
}
