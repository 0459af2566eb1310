/**
 * Level, file and fields of a record, read where its bytes lie. Most lines are ASCII, begin like
 * others and tell of no HTTP request: for these no text is made. Every other line is made text and
 * asked the ordinary functions, and what is read from bytes is what those would say of it.
 */

import type { EntryType, Level, LogFile } from '@mcplog/log-entry';
import { levelRank } from '@mcplog/log-entry';
import { readAccessBytes } from './access-bytes.ts';
import { type AccessLine, LINE_CHARACTERS_MAX, parseAccessLine } from './access-line.ts';
import { isDigit } from './digit.ts';
import { accessFields, extractFields, leadingTime } from './extract-fields.ts';
import { HeadMemo } from './head-memo.ts';
import { inferLevel, type LevelReason } from './infer-level.ts';
import { type FoundLevel, readHead } from './level-prefix.ts';
import { levelOfStatus } from './level-words.ts';
import {
  findByte,
  HAS_CONTROL,
  HAS_ESCAPED,
  HAS_SLASH,
  HAS_WIDE,
  scanBytes,
} from './line-bytes.ts';
import { type RoutedEntry, routeEntry } from './route-entry.ts';
import { isTrace } from './trace-shape.ts';

const BYTES_MIN = 8;
/** A line without these, and without one of the initials below, is no trace: see trace-shape.ts. */
const TRACE_PARTS = ['rror', 'xception'];
const ASKING_INITIALS = Buffer.from('fptU/bdnsz');
const UTC_FORM = '0000-00-00T00:00:00.000Z';
const UTC_BYTES = UTC_FORM.length;
const TAB = 0x09;
const DASH = 0x2d;
const LETTER_T = 0x54;
const BRACKET_END = 0x5d;
const SPACE = 0x20;
const SLASH = 0x2f;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const COLON = 0x3a;
const EQUALS = 0x3d;

/** A record as the reader wants it. */
export interface UnreadRecord {
  readonly messageAt: number;
  /** The end of the message. */
  readonly metadataAt: number;
  readonly type: EntryType;
  readonly level: Level | undefined;
}

/** The record that was read last; made once, because there may be a million of them. */
export class EntryReader {
  level: Level = 'info';
  /** Absent when the record came with its level. */
  reason: LevelReason | undefined;
  file: LogFile = 'app';
  /** Metadata members, each led by a comma. */
  fields = '';
  /** The message; absent when it is the bytes of the record, which are ASCII then. */
  message: string | undefined;
  /** True when the bytes of the message may stand in a JSON text as they are. */
  isPlain = false;

  readonly #memo = new HeadMemo();
  #routing: RoutedEntry['stderrRouting'] = 'error-log';
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #traces: NextPlace[] = [];
  #from = 0;
  #to = 0;
  #text: string | undefined;

  /** What is read from now on lies in `bytes`. */
  open(bytes: Buffer, routing: RoutedEntry['stderrRouting']): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#routing = routing;
    this.#traces = TRACE_PARTS.map((word) => new NextPlace(bytes, word));
  }

  read({ messageAt, metadataAt, type, level }: UnreadRecord): void {
    this.#from = messageAt;
    this.#to = metadataAt;
    this.#text = undefined;
    this.message = undefined;
    const flags = metadataAt - messageAt < BYTES_MIN ? HAS_WIDE : this.#scan();
    this.isPlain = (flags & (HAS_ESCAPED | HAS_WIDE)) === 0;
    if (this.#isOrdinary(flags, type)) this.#readBytes(flags, type, level);
    else this.#readText(flags, type, level);
  }

  #scan(): number {
    return scanBytes(this.#view, this.#from, this.#to);
  }

  /** One line of ASCII that is no JSON object. */
  #isOrdinary(flags: number, type: EntryType): boolean {
    if ((flags & HAS_WIDE) !== 0 || (type !== 'stdout' && type !== 'stderr')) return false;
    if (this.#to - this.#from > LINE_CHARACTERS_MAX || this.#bytes[this.#from] === BRACE)
      return false;
    return (flags & HAS_CONTROL) === 0 || this.#hasOnlyTabs();
  }

  #hasOnlyTabs(): boolean {
    for (let at = this.#from; at < this.#to; at++) {
      const byte = this.#bytes[at] as number;
      if (byte < SPACE && byte !== TAB) return false;
    }
    return true;
  }

  #readText(flags: number, type: EntryType, level: Level | undefined): void {
    const text = this.#bytes.toString('utf8', this.#from, this.#to);
    const inferred = level === undefined ? inferLevel(text, type) : undefined;
    this.level = level ?? inferred?.level ?? 'info';
    this.reason = inferred?.reason;
    const { message, fields } = extractFields(text, type);
    this.fields = fields;
    this.file = routeEntry({
      type,
      level: this.level,
      message: text,
      stderrRouting: this.#routing,
    });
    if (message !== text || (flags & HAS_WIDE) !== 0) this.message = message;
  }

  #readBytes(flags: number, type: EntryType, level: Level | undefined): void {
    const access = this.#readAccess(flags);
    if (level === undefined) this.#infer(type, access);
    else this.#setLevel(level, undefined);
    this.fields = this.#readTime();
    if (access !== undefined) this.fields += accessFields(access);
    this.file = this.#fileFor(type, access);
  }

  #asText(): string {
    const text = this.#text ?? this.#bytes.toString('latin1', this.#from, this.#to);
    this.#text = text;
    return text;
  }

  /** Every access line has a slash, and a quote, an equals sign or a method before the slash. */
  #readAccess(flags: number): AccessLine | undefined {
    if ((flags & HAS_SLASH) === 0) return undefined;
    const range = { from: this.#from, to: this.#to };
    if ((flags & HAS_ESCAPED) !== 0) {
      return readAccessBytes(this.#bytes, this.#view, range) ?? parseAccessLine(this.#asText());
    }
    const mayBe = this.#hasTarget() || findByte(this.#view, EQUALS, range) < this.#to;
    return mayBe ? parseAccessLine(this.#asText()) : undefined;
  }

  /** True when a word that ends with a capital is followed by a path or a URL. */
  #hasTarget(): boolean {
    const range = { from: this.#from, to: this.#to };
    for (let at = findByte(this.#view, SLASH, range); at < this.#to; ) {
      let before = at - 1;
      if (this.#bytes[before] === COLON) {
        do before--;
        while (before > this.#from && isLower(this.#bytes[before] as number));
      }
      if (
        before > this.#from &&
        this.#bytes[before] === SPACE &&
        isUpper(this.#bytes[before - 1] as number)
      ) {
        return true;
      }
      at = findByte(this.#view, SLASH, { from: at + 1, to: this.#to });
    }
    return false;
  }

  #infer(type: EntryType, access: AccessLine | undefined): void {
    const stated = this.#readHead();
    const ofStatus = access === undefined ? undefined : levelOfStatus(access.status);
    if (ofStatus !== undefined && (stated === undefined || isWorse(ofStatus, stated.level))) {
      this.#setLevel(ofStatus, 'status');
    } else if (stated !== undefined) {
      this.#setLevel(stated.level, stated.reason);
    } else if (this.#isTrace()) {
      const { level, reason } = inferLevel(this.#asText(), type);
      this.#setLevel(level, reason);
    } else {
      this.#setLevel('info', 'default');
    }
  }

  #setLevel(level: Level, reason: LevelReason | undefined): void {
    this.level = level;
    this.reason = reason;
  }

  #readHead(): FoundLevel | undefined {
    const known = this.#memo.find(this.#view, this.#from, this.#to);
    if (known !== undefined) return known.found;
    const answer = readHead(this.#asText());
    this.#memo.learn(this.#view, { from: this.#from, to: this.#to }, answer);
    return answer.found;
  }

  #isTrace(): boolean {
    const asks = ASKING_INITIALS.includes(this.#bytes[this.#from] as number);
    if (!asks && !this.#traces.some((word) => word.isBetween(this.#from, this.#to))) return false;
    return isTrace(this.#asText());
  }

  #readTime(): string {
    const bytes = this.#bytes;
    const first = bytes[this.#from] as number;
    const isBracket = first === BRACKET;
    const at = isBracket ? this.#from + 1 : this.#from;
    if ((!isBracket && !isDigit(first)) || bytes[at + 4] !== DASH) return '';
    if (at + 20 > this.#to || bytes[at + 10] !== LETTER_T) return '';
    const end = at + UTC_BYTES;
    const isApart = isBracket
      ? end + 1 < this.#to && bytes[end] === BRACKET_END && bytes[end + 1] === SPACE
      : end < this.#to && bytes[end] === SPACE;
    if (!isApart || !isUtcTime(bytes, at)) return leadingTime(this.#asText());
    return `,"sourceTimestamp":"${bytes.toString('latin1', at, end)}"`;
  }

  /** As `routeEntry` has it. */
  #fileFor(type: EntryType, access: AccessLine | undefined): LogFile {
    if (access !== undefined) return 'access';
    if (this.level === 'error') return 'error';
    if (this.#routing === 'by-level') return 'app';
    return type === 'stderr' || this.#isTrace() ? 'error' : 'app';
  }
}

/** Where a word is found next; looks through the bytes once, however many records ask. */
class NextPlace {
  readonly #bytes: Buffer;
  readonly #word: string;
  #place = -1;

  constructor(bytes: Buffer, word: string) {
    this.#bytes = bytes;
    this.#word = word;
  }

  isBetween(from: number, to: number): boolean {
    if (this.#place < from) {
      const place = this.#bytes.indexOf(this.#word, from, 'latin1');
      this.#place = place < 0 ? Number.POSITIVE_INFINITY : place;
    }
    return this.#place + this.#word.length <= to;
  }
}

function isWorse(level: Level, than: Level): boolean {
  return level !== 'info' && levelRank(level) > levelRank(than);
}

/** As `UTC_TIME` of extract-fields.ts has it: such a time needs no conversion. */
function isUtcTime(bytes: Buffer, at: number): boolean {
  for (let i = 0; i < UTC_BYTES; i++) {
    const form = UTC_FORM.charCodeAt(i);
    const byte = bytes[at + i] as number;
    if (form === 0x30 ? !isDigit(byte) : byte !== form) return false;
  }
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= 28;
  const isClock = twoDigits(bytes, at + 14) < 60 && twoDigits(bytes, at + 17) < 60;
  return isDate && isClock && twoDigits(bytes, at + 11) < 24;
}

function twoDigits(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) - 0x30) * 10 + (bytes[at + 1] as number) - 0x30;
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}
