/**
 * What can be read from an encoded line without parsing it. The codec fixes the order of the keys
 * and the width of the timestamp, so a line begins
 *
 *     {"timestamp":"2025-07-13T15:30:00.000Z","level":"info","message":"…
 *     0             14                       38         49
 *
 * and the first `"metadata":{"seq":` in it is the real one: quotes within a message are escaped.
 */
import { ENTRY_TYPES, type EntryType, levelRank, SYSTEM_LEVELS } from '@mcplog/log-entry';

export const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const LETTER_T = 0x74;
const LETTER_Z = 0x5a;
const LETTER_L = 0x6c;
const DIGIT_0 = 0x30;
const COMMA = 0x2c;

export const TIMESTAMP_AT = 14;
export const TIMESTAMP_BYTES = 24;
const LEVEL_AT = 49;
const LINE_BYTES_MIN = 80;
export const SEQ_KEY = Buffer.from('"metadata":{"seq":');
/** Between level and message. */
export const MESSAGE_KEY = Buffer.from('","message":"');

/** True when the line has the codec's shape at both ends; `end` is the place of its newline. */
export function isFramed(bytes: Buffer, start: number, end: number): boolean {
  return (
    end - start >= LINE_BYTES_MIN &&
    bytes[start] === BRACE_OPEN &&
    bytes[start + 2] === LETTER_T &&
    bytes[start + TIMESTAMP_AT - 1] === QUOTE &&
    bytes[start + 37] === LETTER_Z &&
    bytes[start + 38] === QUOTE &&
    bytes[start + 41] === LETTER_L &&
    bytes[start + LEVEL_AT - 1] === QUOTE &&
    bytes[end - 1] === BRACE_CLOSE &&
    bytes[end - 2] === BRACE_CLOSE &&
    levelAt(bytes, start) >= 0
  );
}

const RANK_OF_LETTER = new Int8Array(256).fill(-1);
for (const level of SYSTEM_LEVELS) RANK_OF_LETTER[level.charCodeAt(0)] = levelRank(level);

/** Rank of a framed line's level, -1 for a word that is none. */
export function levelAt(bytes: Buffer, start: number): number {
  const rank = RANK_OF_LETTER[bytes[start + LEVEL_AT] as number] as number;
  const word = SYSTEM_LEVELS[rank];
  return word !== undefined && bytes[start + LEVEL_AT + word.length] === QUOTE ? rank : -1;
}

/** How long the word of a framed line's level is, 0 for a word that is none. */
export function levelBytesAt(bytes: Buffer, start: number): number {
  return SYSTEM_LEVELS[levelAt(bytes, start)]?.length ?? 0;
}

/** Milliseconds since 1970 of a framed line. */
export function timestampAt(bytes: Buffer, start: number): number {
  const at = start + TIMESTAMP_AT;
  return Date.UTC(
    number(bytes, at, 4),
    number(bytes, at + 5, 2) - 1,
    number(bytes, at + 8, 2),
    number(bytes, at + 11, 2),
    number(bytes, at + 14, 2),
    number(bytes, at + 17, 2),
    number(bytes, at + 20, 3),
  );
}

function number(bytes: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let place = 0; place < digits; place++) {
    value = value * 10 + (bytes[at + place] as number) - DIGIT_0;
  }
  return value;
}

/** Orders a framed line's timestamp against the 24 bytes of another: below, at or above 0. */
export function compareTimestamp(bytes: Buffer, start: number, other: Buffer): number {
  for (let place = 0; place < TIMESTAMP_BYTES; place++) {
    const difference = (bytes[start + TIMESTAMP_AT + place] as number) - (other[place] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

const YEAR_0_MS = Date.parse('0000-01-01T00:00:00.000Z');
const YEAR_9999_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** A moment as the 24 bytes that a line would have; moments outside the years 0 to 9999 are bent. */
export function timestampBytes(ms: number): Buffer {
  const bent = Math.min(Math.max(ms, YEAR_0_MS), YEAR_9999_MS);
  return Buffer.from(new Date(bent).toISOString());
}

/** The seq whose key starts at `keyAt`; `undefined` when no digits follow. */
export function seqAt(bytes: Buffer, keyAt: number): number | undefined {
  let at = keyAt + SEQ_KEY.length;
  let seq = 0;
  const first = at;
  for (;;) {
    const digit = (bytes[at] as number) - DIGIT_0;
    if (!(digit >= 0 && digit <= 9)) break;
    seq = seq * 10 + digit;
    at++;
  }
  return at > first && Number.isSafeInteger(seq) ? seq : undefined;
}

const TYPE_WORDS = ENTRY_TYPES.map((type) => ({ type, bytes: Buffer.from(`,"type":"${type}"`) }));

/** The entry type when it directly follows the seq, as the writer puts it; else `undefined`. */
export function typeAt(bytes: Buffer, keyAt: number): EntryType | undefined {
  let at = keyAt + SEQ_KEY.length;
  while (bytes[at] !== COMMA && at < bytes.length) at++;
  return TYPE_WORDS.find((word) => standsAt(bytes, at, word.bytes))?.type;
}

function standsAt(bytes: Buffer, at: number, word: Buffer): boolean {
  // From the end, where the words differ most.
  for (let place = word.length - 1; place >= 0; place--) {
    if (bytes[at + place] !== word[place]) return false;
  }
  return true;
}
