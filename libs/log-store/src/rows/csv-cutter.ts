/**
 * Rows of CSV cut from encoded lines, byte by byte, without parsing them: several times faster than
 * `JSON.parse` and {@link csvRow}, and the same bytes. What is not plainly in the codec's shape is
 * left to them. `docs/decisions/0021-csv-rows.md`
 */
import {
  levelBytesAt,
  MESSAGE_KEY,
  SEQ_KEY,
  TIMESTAMP_AT,
  TIMESTAMP_BYTES,
} from '../read/line-frame.ts';
import { csvCell } from './csv-row.ts';
import type { RowBuffer } from './row-buffer.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const APOSTROPHE = 0x27;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const CARRIAGE_RETURN = 0x0d;
const NEWLINE = 0x0a;
const DIGIT_0 = 0x30;

/** What a byte of a message does to its cell: nothing, needs quotes, must be looked at. */
const PLAIN = 0;
const WANTS_QUOTES = 1;
const SPECIAL = 2;
const KINDS = new Uint8Array(256);
KINDS.fill(SPECIAL, 0, 0x20);
KINDS[COMMA] = WANTS_QUOTES;
KINDS[QUOTE] = SPECIAL;
KINDS[BACKSLASH] = SPECIAL;

/** Bytes that the letter behind a backslash stands for; 0 for those that a parser must read. */
const ESCAPED = new Uint8Array(128);
for (const [letter, byte] of Object.entries({ '"': QUOTE, '\\': BACKSLASH, n: 10, r: 13, t: 9 })) {
  ESCAPED[letter.charCodeAt(0)] = byte;
}

/** First bytes of a message that a spreadsheet might run, and EF, of which some wide ones are made. */
const FORMULA = new Set(Buffer.from('-=+@\t\r'));
const MAYBE_WIDE_FORMULA = 0xef;

/** Room a row needs besides twice its line: quotes, an apostrophe, commas, the end. */
const ROOM = 64;
const SEQ_DIGITS_MAX = 16;
const SERVICE_KEY = Buffer.from('"service":"');
const COLUMN_KEYS = ['type', 'instanceId', 'userId', 'service'].map((key) => Buffer.from(key));
const UNDERSCORE = 0x5f;

/** Metadata up to the service, and the cells it becomes: nearly all lines of a log share it. */
interface Head {
  readonly json: Buffer;
  readonly cells: Buffer;
}

/** Stands nowhere in a line. */
const NO_HEAD: Head = { json: Buffer.of(NEWLINE), cells: Buffer.alloc(0) };

export class CsvCutter {
  #head = NO_HEAD;
  /** The line being cut, and how far it was read. */
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  /**
   * Adds the row of a framed line.
   * @param line of chunk: first byte, and the place of its newline
   * @returns false, and nothing is added, when the line has to be parsed.
   */
  cut(chunk: Buffer, line: { readonly start: number; readonly end: number }, into: RowBuffer) {
    this.#chunk = chunk;
    this.#at = line.start;
    this.#end = line.end;
    into.makeRoom(2 * (line.end - line.start) + ROOM);
    const before = into.length;
    const isCut =
      this.#addStart(into) && this.#addMessage(into) && this.#addSeq(into) && this.#addTail(into);
    if (!isCut) into.length = before;
    return isCut;
  }

  /** Timestamp and level. */
  #addStart(into: RowBuffer): boolean {
    const chunk = this.#chunk;
    const levelBytes = levelBytesAt(chunk, this.#at);
    const timestampAt = this.#at + TIMESTAMP_AT;
    if (levelBytes === 0 || !isDigit(chunk[timestampAt])) return false;
    if (!this.#copyPlain(timestampAt, timestampAt + TIMESTAMP_BYTES, into)) return false;
    const levelAt = timestampAt + TIMESTAMP_BYTES + '","level":"'.length;
    this.#copyPlain(levelAt, levelAt + levelBytes, into);
    this.#at = levelAt + levelBytes;
    return this.#skip(MESSAGE_KEY);
  }

  #copyPlain(from: number, to: number, into: RowBuffer): boolean {
    const { bytes } = into;
    let place = into.length;
    let kinds = 0;
    for (let at = from; at < to; at++) {
      const byte = this.#chunk[at] as number;
      kinds |= KINDS[byte] as number;
      bytes[place++] = byte;
    }
    bytes[place++] = COMMA;
    into.length = place;
    return kinds === PLAIN;
  }

  #isAt(key: Buffer): boolean {
    const chunk = this.#chunk;
    for (let place = 0; place < key.length; place++) {
      if (chunk[this.#at + place] !== key[place]) return false;
    }
    return true;
  }

  #skip(key: Buffer): boolean {
    if (!this.#isAt(key)) return false;
    this.#at += key.length;
    return true;
  }

  /** Written in quotes, which are taken away again when nothing in it needed them. */
  #addMessage(into: RowBuffer): boolean {
    const chunk = this.#chunk;
    const { bytes } = into;
    const first = into.length;
    let place = first;
    bytes[place++] = QUOTE;
    const opening = this.#openingOf();
    if (opening === MAYBE_WIDE_FORMULA) return false;
    if (FORMULA.has(opening)) bytes[place++] = APOSTROPHE;
    let needsQuotes = 0;
    let at = this.#at;
    for (;;) {
      let byte = chunk[at++] as number;
      const kind = KINDS[byte] as number;
      if (kind === SPECIAL) {
        if (byte === QUOTE) break;
        if (byte !== BACKSLASH) return false;
        byte = ESCAPED[chunk[at++] as number] ?? 0;
        if (byte === 0) return false;
        if (byte === QUOTE) bytes[place++] = QUOTE;
        if (byte !== BACKSLASH && byte !== 0x09) needsQuotes = WANTS_QUOTES;
      }
      needsQuotes |= kind;
      bytes[place++] = byte;
    }
    this.#at = at;
    if ((needsQuotes & WANTS_QUOTES) !== 0) {
      bytes[place++] = QUOTE;
    } else {
      bytes.copyWithin(first, first + 1, place);
      place--;
    }
    bytes[place++] = COMMA;
    into.length = place;
    return true;
  }

  /** The first byte of the message as it is read. */
  #openingOf(): number {
    const byte = this.#chunk[this.#at] as number;
    return byte === BACKSLASH ? (ESCAPED[this.#chunk[this.#at + 1] as number] ?? 0) : byte;
  }

  #addSeq(into: RowBuffer): boolean {
    this.#at--;
    if (!this.#skip(MESSAGE_TO_SEQ)) return false;
    const chunk = this.#chunk;
    const from = this.#at;
    let place = into.length;
    while (isDigit(chunk[this.#at])) into.bytes[place++] = chunk[this.#at++] as number;
    const digits = this.#at - from;
    if (digits === 0 || digits > SEQ_DIGITS_MAX || chunk[this.#at] !== COMMA) return false;
    into.bytes[place++] = COMMA;
    into.length = place;
    return true;
  }

  /** Everything behind the seq's comma. */
  #addTail(into: RowBuffer): boolean {
    this.#at++;
    const isSame = this.#isAt(this.#head.json);
    const head = isSame ? this.#head : headAt(this.#chunk, this.#at, this.#end);
    if (head === undefined) return false;
    this.#head = head;
    this.#at += head.json.length;
    into.makeRoom(head.cells.length + 2 * (this.#end - this.#at) + ROOM);
    this.#addCells(head.cells, into);
    into.length += head.cells.length + 1;
    if (this.#at !== this.#end - 2 && !this.#addRest(into)) return false;
    into.bytes[into.length++] = CARRIAGE_RETURN;
    into.bytes[into.length++] = NEWLINE;
    return true;
  }

  #addCells(cells: Buffer, { bytes, length }: RowBuffer): void {
    for (let at = 0; at < cells.length; at++) bytes[length + at] = cells[at] as number;
    bytes[length + cells.length] = COMMA;
  }

  /** What has no column: the metadata's last keys as one cell of JSON. */
  #addRest(into: RowBuffer): boolean {
    const chunk = this.#chunk;
    const { bytes } = into;
    const to = this.#end - 2;
    if (chunk[this.#at] !== COMMA) return false;
    let place = into.length;
    bytes[place++] = QUOTE;
    bytes[place++] = BRACE_OPEN;
    let lastQuote = this.#at;
    for (let at = this.#at + 1; at < to; at++) {
      const byte = chunk[at] as number;
      if (byte < 0x20) return false;
      bytes[place++] = byte;
      if (byte !== QUOTE) continue;
      bytes[place++] = QUOTE;
      if (chunk[at + 1] === COLON && isMovedKey(chunk, lastQuote + 1, at)) return false;
      lastQuote = at;
    }
    bytes[place++] = BRACE_CLOSE;
    bytes[place++] = QUOTE;
    into.length = place;
    return true;
  }
}

const MESSAGE_TO_SEQ = Buffer.concat([Buffer.from('",'), SEQ_KEY]);

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_0 + 9;
}

/** True for keys that a parser might put elsewhere, and those that have a column. */
function isMovedKey(chunk: Buffer, from: number, to: number): boolean {
  const first = chunk[from];
  if (isDigit(first) || first === UNDERSCORE) return true;
  return COLUMN_KEYS.some((key) => key.length === to - from && key.compare(chunk, from, to) === 0);
}

/** `undefined` unless the four columns are all there is up to the service, each once, as texts. */
function headAt(chunk: Buffer, from: number, end: number): Head | undefined {
  const serviceAt = chunk.indexOf(SERVICE_KEY, from);
  const last = serviceAt < 0 ? -1 : chunk.indexOf(QUOTE, serviceAt + SERVICE_KEY.length);
  if (last < 0 || last >= end) return undefined;
  const json = Buffer.from(chunk.subarray(from, last + 1));
  try {
    const text = json.toString('utf8');
    const metadata = JSON.parse(`{${text}}`);
    const { type, instanceId, userId, service } = metadata;
    const values = [type, instanceId, userId, service];
    const isWhole = text.split('":').length === 5 && Object.keys(metadata).length === 4;
    if (!isWhole || values.some((value) => typeof value !== 'string')) return undefined;
    return { json, cells: Buffer.from(values.map(csvCell).join(',')) };
  } catch {
    return undefined;
  }
}
