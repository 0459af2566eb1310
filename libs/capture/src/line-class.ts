import { isDigit } from './digit.ts';

/**
 * What the first bytes of a line say about its place in a record, for lines of printable ASCII
 * without a word that may have to do with a trace. It says what line-shape.ts says, or nothing.
 */
export const LINE_CLASSES = {
  /** Only the long way can tell. */
  unknown: 0,
  /** Begins with a time or a level: always the first line of a record. */
  head: 1,
  /** A whole JSON object: always a record of its own. */
  json: 2,
  /** Begins with a digit, such as a line of an access log: a record below no head of an error. */
  bare: 3,
} as const;

export type LineClass = (typeof LINE_CLASSES)[keyof typeof LINE_CLASSES];

const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const PARENTHESIS = 0x28;
/** The most frequent levels, by their initial; those of errors are watched words. */
const LEVELS: ReadonlyMap<number, readonly string[]> = new Map([
  [0x49, ['INFO']],
  [0x44, ['DEBUG']],
  [0x57, ['WARN', 'WARNING']],
]);

export function lineClassOf(bytes: Uint8Array, start: number, end: number): LineClass {
  const first = bytes[start] as number;
  const last = bytes[end - 1] as number;
  if (first === BRACE && last === BRACE_END) return LINE_CLASSES.json;
  // A line that ends so announces what is below it.
  if (last === COLON) return LINE_CLASSES.unknown;
  if (isDigit(first)) {
    if (isTime(bytes, start)) return LINE_CLASSES.head;
    // It may be a date that begins with its day.
    if (isDateMark(bytes[start + 2])) return LINE_CLASSES.unknown;
    return hasSpaceFirst(bytes, start, end) ? LINE_CLASSES.bare : LINE_CLASSES.unknown;
  }
  const isHead = first === BRACKET ? isTime(bytes, start + 1) : isLevel(bytes, start);
  return isHead ? LINE_CLASSES.head : LINE_CLASSES.unknown;
}

/** `2026-11-23 ` or with slashes and a T, or `9:05:00`; behind the line's end there is no digit. */
function isTime(bytes: Uint8Array, at: number): boolean {
  if (!areDigits(bytes, at, 1)) return false;
  if (bytes[at + 1] === COLON) return isClock(bytes, at + 1);
  if (bytes[at + 2] === COLON) return areDigits(bytes, at, 2) && isClock(bytes, at + 2);
  const end = bytes[at + 10];
  return (
    areDigits(bytes, at, 4) &&
    isDateMark(bytes[at + 4]) &&
    areDigits(bytes, at + 5, 2) &&
    isDateMark(bytes[at + 7]) &&
    areDigits(bytes, at + 8, 2) &&
    (end === SPACE || end === 0x54)
  );
}

/** `:05:00` */
function isClock(bytes: Uint8Array, at: number): boolean {
  return areDigits(bytes, at + 1, 2) && bytes[at + 3] === COLON && areDigits(bytes, at + 4, 2);
}

function isDateMark(code: number | undefined): boolean {
  return code === 0x2d || code === 0x2f;
}

function areDigits(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = at; i < at + count; i++) if (!isDigit(bytes[i] ?? 0)) return false;
  return true;
}

/** A level, and what ends a level: `] ) > : [` or space. */
function isLevel(bytes: Uint8Array, start: number): boolean {
  const words = LEVELS.get(bytes[start] as number);
  return words?.some((word) => isLevelWord(bytes, start, word)) === true;
}

function isLevelWord(bytes: Uint8Array, start: number, word: string): boolean {
  for (let i = 1; i < word.length; i++) {
    if (bytes[start + i] !== word.charCodeAt(i)) return false;
  }
  switch (bytes[start + word.length]) {
    case SPACE:
    case TAB:
    case COLON:
    case BRACKET:
    case 0x5d:
    case 0x29:
    case 0x3e:
      return true;
    default:
      return false;
  }
}

/** No function of Go, then: these have no space before their parenthesis. */
function hasSpaceFirst(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = bytes[i] as number;
    if (code === SPACE || code === TAB) return true;
    if (code === PARENTHESIS) return false;
  }
  return false;
}
