import { ENTRY_TYPES, type EntryType, LEVELS, type Level } from '@mcplog/log-entry';

/** What comes before the message of each record. */
export const RECORD_PREFIX_BYTES = 16;

/**
 * Walks the records of a section where they lie, without making an object of each: what it shows is
 * the record that {@link RecordCursor.next} has come to. See capture-batch.ts for the form.
 */
export class RecordCursor {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #end: number;
  #at: number;
  #next: number;
  /** Places in the batch: the message is from `messageAt` to `metadataAt`, the metadata to `end`. */
  messageAt = 0;
  metadataAt = 0;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#next = start;
    this.#end = end;
  }

  /** False when there is no further record. @throws RangeError when lengths do not add up */
  next(): boolean {
    const at = this.#next;
    if (at >= this.#end) return false;
    if (at + RECORD_PREFIX_BYTES > this.#end) throw new RangeError('record prefix is cut');
    this.#at = at;
    this.messageAt = at + RECORD_PREFIX_BYTES;
    this.metadataAt = this.messageAt + this.#view.getUint32(at + 8, true);
    this.#next = this.metadataAt + this.#view.getUint16(at + 12, true);
    if (this.#next > this.#end) throw new RangeError('record is cut');
    return true;
  }

  get end(): number {
    return this.#next;
  }

  /** Milliseconds since 1970, UTC. */
  get timestampMs(): number {
    return this.#view.getFloat64(this.#at, true);
  }

  /** Index into ENTRY_TYPES. @throws RangeError when it is none */
  get typeIndex(): number {
    const index = this.#bytes[this.#at + 14] as number;
    if (index >= ENTRY_TYPES.length) throw new RangeError(`entry type ${index}`);
    return index;
  }

  get type(): EntryType {
    return ENTRY_TYPES[this.typeIndex] as EntryType;
  }

  /** `undefined`: to be inferred. */
  get level(): Level | undefined {
    const level = this.#bytes[this.#at + 15] as number;
    return level === 0 ? undefined : LEVELS[level - 1];
  }
}
