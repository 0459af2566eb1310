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
  const end = /\\+[nr"]|["'\r\n]/.exec(text.slice(start, start + VALUE_CHARS_MAX));
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
  const limit = lineLimit(text, start);
  let at = start;
  while (at < limit && !endsBare(text, at)) at++;
  while (at > start && /[)\]},;.]/.test(text.charAt(at - 1))) at--;
  return at;
}

function endsBare(text: string, at: number): boolean {
  const char = text.charAt(at);
  if (/[\s"'`<>]/.test(char)) return true;
  if (char === '\\') return /^\\+["'nrt]/.test(text.slice(at, at + 16));
  if (char === '&') return /^&(?:amp;)?[\w.-]{1,40}=/.test(text.slice(at, at + 48));
  return (char === ',' || char === ';') && NEXT_KEY.test(text.slice(at, at + 80));
}

function lineLimit(text: string, start: number): number {
  return Math.min(text.length, start + VALUE_CHARS_MAX);
}

/** `scheme://user:password@host` has rules of its own, and its host is worth knowing. */
export function isUserOfAddress(text: string, start: number): boolean {
  return /:\/\/[^\s/?#"'<>]{0,256}$/.test(text.slice(Math.max(0, start - 264), start));
}
