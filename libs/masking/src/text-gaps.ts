/**
 * What can stand between two characters of a value that a terminal, a box or a logger broke apart:
 * a line break with indentation and box characters, or something that shows nothing.
 */

/** Longest run of line break, indentation and box characters between two pieces. */
const GAP_CHARS_MAX = 240;
const FILLERS = new Uint8Array(0x10000);
for (const char of ' \t│┃║|>▏▕▌▐·•┆┊*#') FILLERS[char.charCodeAt(0)] = 1;
const ESC = String.raw`(?:\x1b|\\{1,16}(?:u001[bB]|x1[bB]|033|e))`;
const BELL = String.raw`(?:\x07|\\{1,16}u0007)`;
/** A colour, another control sequence of a terminal, or a link; also as JSON spells them. */
const ESCAPE_SEQUENCE = new RegExp(
  String.raw`(?:${ESC}\[|\x9b)[0-9;:?]{0,40}[@-~]|${ESC}\][^\x07\x1b\\]{0,300}(?:${BELL}|${ESC}\\{1,17})`,
  'y',
);

/**
 * Positions at which the next piece can begin when the text was broken at `at`; none when it was
 * not.
 */
export function gapEnds(text: string, at: number): number[] {
  const invisible = invisibleEnd(text, at);
  if (invisible > at) return [invisible];
  const lineEnd = fillerEnd(text, at);
  let from = lineBreakEnd(text, lineEnd);
  if (from < 0) return [];
  for (let again = from; again >= 0 && again - at < GAP_CHARS_MAX; ) {
    from = again;
    again = lineBreakEnd(text, from);
  }
  const last = fillerEnd(text, from);
  return Array.from({ length: last - from + 1 }, (_, i) => from + i);
}

/** Where indentation and box characters that begin at `at` end. */
export function fillerEnd(text: string, at: number): number {
  const most = Math.min(text.length, at + GAP_CHARS_MAX);
  let end = at;
  while (end < most && isFiller(text.charCodeAt(end))) end++;
  return end;
}

/** Where indentation and box characters that end at `at` begin. */
export function fillerStart(text: string, at: number): number {
  const least = Math.max(0, at - GAP_CHARS_MAX);
  let start = at;
  while (start > least && isFiller(text.charCodeAt(start - 1))) start--;
  return start;
}

export function isFiller(code: number): boolean {
  return FILLERS[code] === 1;
}

/** `\n`, `\r\n`, a shell's `\` before it, or the same JSON-escaped; -1 when there is none. */
function lineBreakEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 10) return at + 1;
  if (code === 13) return text.charCodeAt(at + 1) === 10 ? at + 2 : at + 1;
  if (code !== 92) return -1;
  let end = at;
  while (end - at < GAP_CHARS_MAX && text.charCodeAt(end) === 92) end++;
  const next = text.charAt(end);
  return next === 'n' || next === 'r' || next === '\n' ? end + 1 : -1;
}

function invisibleEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x200b || code === 0x200d || code === 0xad || code === 0xfeff) return at + 1;
  if (code !== 0x1b && code !== 0x9b && code !== 92) return at;
  ESCAPE_SEQUENCE.lastIndex = at;
  return ESCAPE_SEQUENCE.test(text) ? ESCAPE_SEQUENCE.lastIndex : at;
}
