/** How far the value of a key goes: `key=value`, `key: value`, `"key": "value"`, `\"key\":\"value\"`. */

const QUOTES = new Set(['"', "'", '`']);
const VALUE_CHARS_MAX = 8192;
const NEXT_KEY = /^[,;]\s{0,8}\\{0,8}["']?[\w.-]{1,40}\\{0,8}["']?\s{0,4}[=:]/;

/** Where the value that begins at `start` ends; the quote before it, if there is one, decides how. */
export function valueEnd(text: string, start: number): number {
  const quote = text.charAt(start - 1);
  if (QUOTES.has(quote)) return quotedEnd(text, start, quote);
  return bareEnd(text, start);
}

/** Until the end of the line, or of the quoted text it stands in. */
export function headerEnd(text: string, start: number): number {
  const quote = text.charAt(start - 1);
  if (QUOTES.has(quote)) return quotedEnd(text, start, quote);
  const end = /\\{1,8}[nr"]|["'\r\n]/.exec(text.slice(start, start + VALUE_CHARS_MAX));
  return end === null ? lineLimit(text, start) : start + end.index;
}

const PARAMETERS =
  /(?:[\w-]{1,40}=(?:\\{0,8}"[^"\n\\]{0,2000}\\{0,8}"|[^\s,"']{1,2000})(?:,\s{0,4}|(?=[\s"']|$))){1,40}/y;

/** All of `name="value", name=value`, as Digest and OAuth write them; else as a header. */
export function parametersEnd(text: string, start: number): number {
  PARAMETERS.lastIndex = start;
  return PARAMETERS.test(text) ? PARAMETERS.lastIndex : headerEnd(text, start);
}

/** At the same quote with no more backslashes than the opening one has; an inner quote has more. */
function quotedEnd(text: string, start: number, quote: string): number {
  const depth = backslashesBefore(text, start - 1);
  const limit = lineLimit(text, start);
  for (
    let at = text.indexOf(quote, start);
    at >= 0 && at < limit;
    at = text.indexOf(quote, at + 1)
  ) {
    const before = at === start ? depth : backslashesBefore(text, at);
    if (before <= depth) return Math.max(start, at - before);
    if (depth === 0 && before % 2 === 0) return at;
  }
  return bareEnd(text, start);
}

function backslashesBefore(text: string, at: number): number {
  let from = at;
  while (from > 0 && text.charCodeAt(from - 1) === 92) from--;
  return at - from;
}

function bareEnd(text: string, start: number): number {
  let at = Math.min(bareStop(text, start), lineLimit(text, start));
  while (at > start && /[)\]},;.]/.test(text.charAt(at - 1))) at--;
  return at;
}

/** The stop found last, so that many keys before one value cost one search: all values that begin before it in the same text end there too. */
let stop = { text: '', from: 0, to: 0 };

function bareStop(text: string, start: number): number {
  if (stop.text === text && stop.from <= start && start < stop.to) return stop.to;
  let to = start;
  while (to < text.length && !endsBare(text, to)) to++;
  stop = { text, from: start, to };
  return to;
}

const BARE = 0;
const STOP = 1;
const MAYBE = 2;
const ENDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[\s"'`<>]/.test(char)) return STOP;
  return /[\\&,;]/.test(char) ? MAYBE : BARE;
});

function endsBare(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  const kind = code < 128 ? ENDS[code] : code === 0xa0 || code === 0x2028 ? STOP : BARE;
  if (kind !== MAYBE) return kind === STOP;
  if (code === 92) return /^\\+["'nrt]/.test(text.slice(at, at + 16));
  if (code === 38) return /^&(?:amp;)?[\w.-]{1,40}=/.test(text.slice(at, at + 48));
  return NEXT_KEY.test(text.slice(at, at + 80));
}

function lineLimit(text: string, start: number): number {
  return Math.min(text.length, start + VALUE_CHARS_MAX);
}

/** `scheme://user:password@host` has rules of its own, and its host is worth knowing. */
export function isUserOfAddress(text: string, start: number): boolean {
  return /:\/\/[^\s/?#"'<>]{0,256}$/.test(text.slice(Math.max(0, start - 264), start));
}
