/** The batches of one shard that the bus has not acknowledged yet, in files, in order. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RecentFrames } from './recent-frames.ts';
import { PositionFile } from './spool-position.ts';
import {
  ReadMemory,
  SEGMENT_HEADER_BYTES,
  SpoolSegment,
  segmentNumberOf,
} from './spool-segment.ts';

/** A new segment is begun above this size. */
const SEGMENT_BYTES_MAX = 8 * 1024 * 1024;
/** A segment that is wholly acknowledged is replaced when it is larger than this. */
const DRAINED_BYTES_MAX = 1024 * 1024;

export interface SpoolOptions {
  readonly dir: string;
  /** Sync every append to the disk, not only to the page cache. */
  readonly fsync: boolean;
  readonly segmentBytesMax?: number;
  readonly drainedBytesMax?: number;
  /** Told when bytes of a segment could not be read: the end of a file that was torn. */
  readonly onTorn?: (torn: { path: string; bytes: number }) => void;
}

/** The next message to publish. */
export interface SpooledMessage {
  readonly id: string;
  /** As it is until the message is acknowledged, or what is in memory is forgotten. */
  readonly payload: Buffer;
  readonly end: number;
}

export class ShardSpool {
  readonly #options: SpoolOptions;
  readonly #position: PositionFile;
  /** Oldest first; only the last is written to. */
  readonly #segments: SpoolSegment[] = [];
  readonly #recent = new RecentFrames();
  #readMemory = new ReadMemory();
  #active: SpoolSegment | undefined;
  #nextNumber = 1;
  #acked = SEGMENT_HEADER_BYTES;
  #inFlightEnd = SEGMENT_HEADER_BYTES;

  constructor(options: SpoolOptions) {
    this.#options = options;
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    this.#position = new PositionFile(join(options.dir, 'position'));
    this.#openLeftovers();
  }

  /** Bytes of files, acknowledged parts included. */
  get fileBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Bytes that wait for an acknowledgement. */
  get waitingBytes(): number {
    const first = this.#segments[0];
    return first === undefined ? 0 : this.fileBytes - this.#acked;
  }

  /** @throws the file system's error; nothing is appended then */
  append(payload: Buffer): void {
    const active = this.#activeSegment();
    const at = active.bytes;
    active.append(payload);
    this.#recent.keep(active.number, at, payload);
    if (this.#options.fsync) active.sync();
  }

  /** The oldest frames that are not acknowledged, or undefined when there are none. */
  next(bytesMax: number): SpooledMessage | undefined {
    for (let segment = this.#segments[0]; segment !== undefined; segment = this.#segments[0]) {
      const endWanted = this.#inFlightEnd > this.#acked ? { endWanted: this.#inFlightEnd } : {};
      const limit = { bytesMax, ...endWanted };
      const recent = this.#recent.group(segment.number, this.#acked, limit);
      const group = recent ?? segment.read(this.#acked, limit, this.#readMemory);
      if (group?.payload.length === 0) {
        this.#passOver(segment, group.end);
        continue;
      }
      if (group !== undefined && segment.id !== undefined) {
        this.#inFlightEnd = group.end;
        this.#writePosition(segment);
        const id = `${segment.id}:${group.start}-${group.end}`;
        return { id, payload: group.payload, end: group.end };
      }
      if (segment === this.#active) return undefined;
      this.#dropOldest(segment);
    }
    return undefined;
  }

  /** The message that {@link next} gave is stored by the broker. */
  acknowledge(message: SpooledMessage): void {
    const segment = this.#segments[0];
    if (segment === undefined) return;
    this.#acked = message.end;
    this.#inFlightEnd = message.end;
    this.#recent.release(segment.number, message.end);
    const isDrained = message.end >= segment.bytes;
    if (isDrained && (segment !== this.#active || segment.bytes > this.#drainedBytesMax)) {
      this.#dropOldest(segment);
    } else {
      this.#writePosition(segment);
    }
  }

  /**
   * To be called when a message was neither acknowledged nor certainly sent: whoever sends may
   * still look at its payload, which must not change. It is read again then.
   */
  forgetRecent(): void {
    this.#recent.forget();
    this.#readMemory = new ReadMemory();
  }

  /** Leaves out what is not to count; to be called before anything is published or appended. */
  voidFrames(isVoid: (payload: Buffer) => boolean): void {
    for (const [index, segment] of this.#segments.entries()) {
      segment.voidFrames(index === 0 ? this.#acked : SEGMENT_HEADER_BYTES, isVoid);
    }
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
    this.#position.close();
  }

  get #drainedBytesMax(): number {
    return this.#options.drainedBytesMax ?? DRAINED_BYTES_MAX;
  }

  #activeSegment(): SpoolSegment {
    const limit = this.#options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
    if (this.#active !== undefined && this.#active.bytes < limit) return this.#active;
    const segment = SpoolSegment.create(this.#options.dir, this.#nextNumber++);
    this.#active = segment;
    this.#segments.push(segment);
    if (this.#segments.length === 1) this.#startAt(segment);
    return segment;
  }

  #openLeftovers(): void {
    const { dir } = this.#options;
    const numbers = readdirSync(dir)
      .map(segmentNumberOf)
      .filter((number) => number !== undefined)
      .sort((a, b) => a - b);
    const position = this.#position.read();
    this.#nextNumber = Math.max(numbers.at(-1) ?? 0, position?.segment ?? 0) + 1;
    for (const number of numbers) this.#segments.push(SpoolSegment.open(dir, number));
    if (position !== undefined && position.segment === this.#segments[0]?.number) {
      this.#acked = position.acked;
      this.#inFlightEnd = position.inFlightEnd;
    }
  }

  /** Ends the oldest segment: all of it is acknowledged, or the rest cannot be read. */
  #dropOldest(segment: SpoolSegment): void {
    const unread = segment.bytes - this.#acked;
    if (unread > 0) this.#options.onTorn?.({ path: segment.path, bytes: unread });
    this.#segments.shift();
    if (segment === this.#active) this.#active = undefined;
    segment.delete();
    const next = this.#segments[0];
    if (next !== undefined) this.#startAt(next);
  }

  /** Nothing before `end` is to be published. */
  #passOver(segment: SpoolSegment, end: number): void {
    this.#acked = end;
    this.#inFlightEnd = end;
    this.#writePosition(segment);
  }

  #startAt(segment: SpoolSegment): void {
    this.#acked = SEGMENT_HEADER_BYTES;
    this.#inFlightEnd = SEGMENT_HEADER_BYTES;
    this.#writePosition(segment);
  }

  #writePosition(segment: SpoolSegment): void {
    const { number } = segment;
    this.#position.write({ segment: number, acked: this.#acked, inFlightEnd: this.#inFlightEnd });
  }
}
