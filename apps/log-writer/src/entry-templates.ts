/** The parts of a line that many entries of a section have in common, as bytes. */
import type { LevelReason } from '@mcplog/capture';
import { ENTRY_TYPES, LEVELS, type Level, makeSeq } from '@mcplog/log-entry';
import type { SectionHeader } from '@mcplog/protocol';
import type { EntryArena } from './entry-arena.ts';

const REASONS = [undefined, 'field', 'prefix', 'status', 'trace', 'default'] as const;
const SEQ_KEY = ',"metadata":{"seq":';
const ZERO = 0x30;
const NINE = 0x39;
/** What both parts of a line take at most, with identifiers of a sane length. */
const FIXED_BYTES = 512;

export class EntryTemplates {
  /** The seq of the entry that {@link addMetadata} writes next. */
  seq: number;
  /** What head and metadata of a line take at most. */
  readonly bytesMax: number;
  readonly #shared: string;
  readonly #heads: (Buffer | undefined)[] = LEVELS.map(() => undefined);
  readonly #metadata: (Buffer | undefined)[] = Array.from({
    length: ENTRY_TYPES.length * REASONS.length,
  });
  #timestampMs = Number.NaN;
  #iso = '';
  #digits: Buffer;

  constructor({ instanceId, userId, service, run, firstN }: SectionHeader) {
    const [instance, user, name] = [instanceId, userId, service].map((id) => JSON.stringify(id));
    this.#shared = `,"instanceId":${instance},"userId":${user},"service":${name}`;
    this.bytesMax = FIXED_BYTES + 3 * this.#shared.length;
    this.seq = makeSeq(run, firstN);
    this.#digits = Buffer.from(`${this.seq}`);
  }

  /** `{"timestamp":"…","level":"…","message":` */
  addHead(arena: EntryArena, timestampMs: number, level: Level): void {
    if (timestampMs !== this.#timestampMs) {
      this.#timestampMs = timestampMs;
      this.#iso = new Date(timestampMs).toISOString();
      this.#heads.fill(undefined);
    }
    const index = LEVELS.indexOf(level);
    let head = this.#heads[index];
    if (head === undefined) {
      head = Buffer.from(`{"timestamp":"${this.#iso}","level":"${level}","message":`);
      this.#heads[index] = head;
    }
    arena.addBytes(head);
  }

  /** `,"metadata":{"seq":…,"type":"…","instanceId":…,"userId":…,"service":…,"levelReason":"…"` */
  addMetadata(arena: EntryArena, typeIndex: number, reason: LevelReason | undefined): void {
    const index = typeIndex * REASONS.length + REASONS.indexOf(reason);
    let metadata = this.#metadata[index];
    if (metadata === undefined) {
      const zeros = '0'.repeat(this.#digits.length);
      const ofLevel = reason === undefined ? '' : `,"levelReason":"${reason}"`;
      const type = ENTRY_TYPES[typeIndex];
      metadata = Buffer.from(`${SEQ_KEY}${zeros},"type":"${type}"${this.#shared}${ofLevel}`);
      this.#metadata[index] = metadata;
    }
    const digitsAt = arena.used + SEQ_KEY.length;
    arena.addBytes(metadata);
    arena.bytes.set(this.#digits, digitsAt);
  }

  /** Goes on to the next seq; counting in digits costs less than writing the number anew. */
  advance(): void {
    this.seq++;
    const digits = this.#digits;
    let place = digits.length - 1;
    while (place >= 0 && digits[place] === NINE) digits[place--] = ZERO;
    if (place >= 0) digits[place] = (digits[place] as number) + 1;
    else {
      this.#digits = Buffer.from(`${this.seq}`);
      this.#metadata.fill(undefined);
    }
  }
}
