import { isUtf8 } from 'node:buffer';

/** What happened to a line on its way to text; joined with `|`. */
export const LINE_FLAGS = {
  /** Escape sequences or control characters were taken out. */
  ansi: 1,
  /** Only the last state of a carriage-return progress bar is left. */
  progress: 2,
  /** Bytes that are not UTF-8 became U+FFFD. */
  invalidUtf8: 4,
  /** The stream ended before the line did. */
  unterminated: 8,
  /** The bytes are no text: escaped as `\xNN`. */
  binary: 16,
  /** Longer than the limit: only the start is left. */
  cut: 32,
} as const;

/** Bytes of a binary line that its message shows. */
export const BINARY_BYTES_SHOWN = 1024;

const TAB = 9;
const BELL = 7;
const ESC = 0x1b;
const DEL = 0x7f;
const CSI = 0x9b;
const OSC = 0x9d;
const REPLACEMENT = 0xfffd;

/** True when a character needs more than being copied. */
export function needsCleaning(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 ? code !== TAB : code > 126 && (code < 160 || code === REPLACEMENT)) return true;
  }
  return false;
}

/** Text of a line that {@link needsCleaning}, and the flags that say what was done to it. */
export function cleanLine(bytes: Buffer): { text: string; flags: number } {
  const raw = bytes.toString('utf8');
  // A U+FFFD that the child itself printed is no damage.
  const damaged = raw.includes('\ufffd') && !isUtf8(bytes);
  if (isBinary(raw, damaged)) return { text: escapeBinary(bytes), flags: LINE_FLAGS.binary };
  const text = stripControls(raw);
  const stripped = text.length < raw.length ? LINE_FLAGS.ansi : 0;
  return { text, flags: stripped | (damaged ? LINE_FLAGS.invalidUtf8 : 0) };
}

/** A NUL, or more than three tenths of characters that no terminal text has. */
function isBinary(text: string, damaged: boolean): boolean {
  let odd = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0) return true;
    if (code === REPLACEMENT) odd += damaged ? 1 : 0;
    else if (code < BELL || (code > 13 && code < 32 && code !== ESC)) odd++;
  }
  return odd * 10 > text.length * 3;
}

function escapeBinary(bytes: Buffer): string {
  let text = '';
  for (const byte of bytes.subarray(0, BINARY_BYTES_SHOWN)) {
    const plain = byte >= 32 && byte < DEL && byte !== 0x5c;
    text += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** Takes out escape sequences and control characters; a tab stays. */
export function stripControls(text: string): string {
  let kept = '';
  let from = 0;
  for (let i = 0; i < text.length; ) {
    const next = endOfControl(text, i);
    if (next > i) {
      kept += text.slice(from, i);
      from = next;
      i = next;
    } else i++;
  }
  return from === 0 ? text : kept + text.slice(from);
}

/** End of the control sequence at `at`; `at` itself when there is none. */
function endOfControl(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 32 ? code < DEL || code > 0x9f : code === TAB) return at;
  if (code === CSI) return endOfCsi(text, at + 1);
  if (code === OSC) return endOfString(text, at + 1);
  return code === ESC ? endOfEscape(text, at + 1) : at + 1;
}

/** ECMA-48 5.4 and 5.6: `[` opens a control sequence; `]`, `P`, `X`, `^`, `_` open a string. */
function endOfEscape(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x5b) return endOfCsi(text, at + 1);
  if (code === 0x5d || code === 0x50 || code === 0x58 || code === 0x5e || code === 0x5f) {
    return endOfString(text, at + 1);
  }
  let end = at;
  while (isBetween(text.charCodeAt(end), 0x20, 0x2f)) end++;
  return isBetween(text.charCodeAt(end), 0x30, 0x7e) ? end + 1 : end;
}

function endOfCsi(text: string, at: number): number {
  let end = at;
  while (isBetween(text.charCodeAt(end), 0x20, 0x3f)) end++;
  return isBetween(text.charCodeAt(end), 0x40, 0x7e) ? end + 1 : end;
}

/** A string that is never closed loses its opener only: it must not hide the rest of the line. */
function endOfString(text: string, at: number): number {
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BELL || code === 0x9c) return i + 1;
    if (code === ESC) return text.charCodeAt(i + 1) === 0x5c ? i + 2 : at;
  }
  return at;
}

function isBetween(code: number, low: number, high: number): boolean {
  return code >= low && code <= high;
}
