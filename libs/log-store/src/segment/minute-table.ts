/** How many entries of which level and type stand in which minute. FORMAT.md, "Minute table". */
import { readInt64, writeInt64 } from './little-endian.ts';

export const MINUTE_ROW_BYTES = 16;
export const MINUTE_MS = 60_000;

/** The level of an entry whose level is none. */
export const NO_LEVEL = 255;

export interface MinuteRow {
  /** Minutes since 1970. */
  readonly minute: number;
  /** Rank of the level, or {@link NO_LEVEL}. */
  readonly level: number;
  /** Place in `ENTRY_TYPES`, 4 for any other. */
  readonly type: number;
  readonly entries: number;
}

/** Levels and types a key has room for. */
const KINDS = 65_536;

/** Counts while blocks are described. */
export class MinuteCounter {
  /** By minute × 2^16 + level × 2^8 + type, which also is the order of rows. */
  readonly #counts = new Map<number, number>();
  /** Most lines share their minute with the one before: its counts, by level × 2^8 + type. */
  readonly #ofMinute = new Uint32Array(KINDS);
  readonly #kinds: number[] = [];
  #minute = -1;

  add(minute: number, level: number, type: number): void {
    if (minute !== this.#minute) {
      this.#flush();
      this.#minute = minute;
    }
    const kind = level * 256 + type;
    const count = this.#ofMinute[kind] as number;
    if (count === 0) this.#kinds.push(kind);
    this.#ofMinute[kind] = count + 1;
  }

  encode(): Buffer {
    this.#flush();
    const keys = [...this.#counts.keys()].sort((left, right) => left - right);
    const bytes = Buffer.alloc(keys.length * MINUTE_ROW_BYTES);
    for (const [row, key] of keys.entries()) {
      const at = row * MINUTE_ROW_BYTES;
      bytes.writeUInt32LE(Math.floor(key / KINDS), at);
      bytes.writeUInt8((key >> 8) & 0xff, at + 4);
      bytes.writeUInt8(key & 0xff, at + 5);
      writeInt64(bytes, this.#counts.get(key) ?? 0, at + 8);
    }
    return bytes;
  }

  #flush(): void {
    for (const kind of this.#kinds) {
      const key = this.#minute * KINDS + kind;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + (this.#ofMinute[kind] as number));
      this.#ofMinute[kind] = 0;
    }
    this.#kinds.length = 0;
  }
}

export class MinuteTable {
  readonly length: number;
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.length = bytes.length / MINUTE_ROW_BYTES;
  }

  minute(row: number): number {
    return this.bytes.readUInt32LE(row * MINUTE_ROW_BYTES);
  }

  level(row: number): number {
    return this.bytes.readUInt8(row * MINUTE_ROW_BYTES + 4);
  }

  type(row: number): number {
    return this.bytes.readUInt8(row * MINUTE_ROW_BYTES + 5);
  }

  entries(row: number): number {
    return readInt64(this.bytes, row * MINUTE_ROW_BYTES + 8);
  }

  /** The first row of `minute` or later; `length` when there is none. */
  firstFrom(minute: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.minute(middle) < minute) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
