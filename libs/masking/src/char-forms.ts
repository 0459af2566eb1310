/**
 * The ways one character can be written in a log: itself, full-width, JSON and language escapes,
 * URL-encoded, HTML-escaped, and the usual nestings (JSON in JSON, JSON in a URL, URL in a URL).
 */

const BACKSLASH = 92;
const PERCENT = 37;
const AMPERSAND = 38;
const PLUS = 43;
/** JSON in JSON five levels deep doubles a backslash to 32. */
const BACKSLASHES_MAX = 64;
const ENTITY_CHARS_MAX = 12;
const NAMED: ReadonlyMap<string, number> = new Map([
  ['amp', 38],
  ['lt', 60],
  ['gt', 62],
  ['quot', 34],
  ['apos', 39],
  ['nbsp', 160],
]);
const LETTER_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['b', 8],
  ['f', 12],
  ['v', 11],
  ['0', 0],
]);

/** Receives each reading of the text at a position: the character and where its form ends. */
export type FormVisitor = (codePoint: number, end: number) => void;

/** True for the characters at which a form other than the plain one can begin. */
export function canBeginForm(code: number): boolean {
  return code === BACKSLASH || code === PERCENT || code === AMPERSAND || code >= 0x80;
}

/** Visits every reading of the character that begins at `at`; the plain reading comes first. */
export function visitForms(text: string, at: number, visit: FormVisitor): void {
  const code = text.codePointAt(at);
  if (code === undefined) return;
  visit(code, at + (code > 0xffff ? 2 : 1));
  if (code === PLUS) visit(32, at + 1);
  else if (code === BACKSLASH) visitEscapes(text, at, visit);
  else if (code === PERCENT) visitPercent(text, at, visit);
  else if (code === AMPERSAND) visitEntity(text, at + 1, visit);
  else if (code >= 0xff01 && code <= 0xff5e) visit(code - 0xfee0, at + 1);
}

function visitPercent(text: string, at: number, visit: FormVisitor): void {
  const decoded = readPercent(text, at);
  if (decoded === undefined) return;
  visit(decoded.code, decoded.end);
  if (decoded.code === PERCENT) visitNestedPercent(text, decoded.end, visit);
  else if (decoded.code === BACKSLASH) visitEscapes(text, at, visit);
  else if (decoded.code === AMPERSAND) visitEntity(text, decoded.end, visit);
  else if (decoded.code === PLUS) visit(32, decoded.end);
}

/** `%2541`: the percent sign itself was encoded, once or more often. */
function visitNestedPercent(text: string, afterPercent: number, visit: FormVisitor): void {
  let from = afterPercent;
  while (text.startsWith('25', from)) {
    visit(PERCENT, from + 2);
    from += 2;
  }
  const decoded = readUtf8(text, from, (at) => percentDepthEnd(text, at));
  if (decoded === undefined) return;
  visit(decoded.code, decoded.end);
  if (decoded.code === BACKSLASH) visitEscapes(text, afterPercent - 3, visit);
  else if (decoded.code === AMPERSAND) visitEntity(text, decoded.end, visit);
}

/** Position after `%`, `%25`, `%2525`… or -1. */
function percentDepthEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== PERCENT) return -1;
  let end = at + 1;
  while (text.startsWith('25', end)) end += 2;
  return end;
}

interface Decoded {
  readonly code: number;
  readonly end: number;
}

function readPercent(text: string, at: number): Decoded | undefined {
  return readUtf8(text, at + 1, (next) => (text.charCodeAt(next) === PERCENT ? next + 1 : -1));
}

/** Reads one UTF-8 character whose first two hex digits stand at `at`. */
function readUtf8(
  text: string,
  at: number,
  nextDigits: (at: number) => number,
): Decoded | undefined {
  const lead = readHex(text, at, 2);
  if (lead < 0x80) return lead < 0 ? undefined : { code: lead, end: at + 2 };
  const more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  let code = lead & (0x3f >> more);
  let end = at + 2;
  for (let i = 0; i < more; i++) {
    const digits = nextDigits(end);
    const byte = digits < 0 ? -1 : readHex(text, digits, 2);
    if (byte < 0x80 || byte > 0xbf) return undefined;
    code = (code << 6) | (byte & 0x3f);
    end = digits + 2;
  }
  return { code, end };
}

/**
 * A run of backslashes is so many backslashes, or fewer of them escaped (each escaping writes two
 * for one, so one stands as 1, 2, 4, 8…), or the start of an escape.
 */
function visitEscapes(text: string, at: number, visit: FormVisitor): void {
  let end = at;
  for (let n = 0; n < BACKSLASHES_MAX; n++) {
    const next = backslashEnd(text, end);
    if (next < 0) break;
    end = next;
    if ((n & (n + 1)) === 0) visit(BACKSLASH, end);
  }
  visitEscapeTail(text, end, visit);
}

function visitEscapeTail(text: string, at: number, visit: FormVisitor): void {
  const letter = text.charAt(at);
  if (letter === 'u') visitUnicodeEscape(text, at + 1, visit);
  if (letter === 'x') {
    const code = readHex(text, at + 1, 2);
    if (code >= 0) visit(code, at + 3);
  }
  const control = LETTER_ESCAPES.get(letter);
  if (control !== undefined) visit(control, at + 1);
  if (letter !== '' && !/[A-Za-z0-9\\]/.test(letter)) visitPunctuation(text, at, visit);
}

/** `\"`, and `\%22` of a JSON text that was URL-encoded only in part. */
function visitPunctuation(text: string, at: number, visit: FormVisitor): void {
  visit(text.charCodeAt(at), at + 1);
  const decoded = text.charCodeAt(at) === PERCENT ? readPercentDeep(text, at) : undefined;
  if (decoded !== undefined) visit(decoded.code, decoded.end);
}

function visitUnicodeEscape(text: string, digits: number, visit: FormVisitor): void {
  const code = readHex(text, digits, 4);
  if (code < 0) return;
  const end = digits + 4;
  visit(code, end);
  if (code === AMPERSAND) visitEntity(text, end, visit);
  if (code >= 0xd800 && code <= 0xdbff)
    visitLowSurrogate(text, end, (low, lowEnd) =>
      visit((code - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000, lowEnd),
    );
}

function visitLowSurrogate(text: string, at: number, visit: FormVisitor): void {
  let end = at;
  for (let next = backslashEnd(text, end); next >= 0; next = backslashEnd(text, end)) end = next;
  const low = end > at && text.charAt(end) === 'u' ? readHex(text, end + 1, 4) : -1;
  if (low >= 0xdc00 && low <= 0xdfff) visit(low, end + 5);
}

/** `quot;`, `#34;`, `#x22;`, `amp;quot;` after an ampersand. */
function visitEntity(text: string, at: number, visit: FormVisitor): void {
  let from = at;
  for (let end = entityEnd(text, from, 'amp'); end >= 0; end = entityEnd(text, from, 'amp')) {
    visit(AMPERSAND, end);
    from = end;
  }
  const name = /^(?:#[xX]?)?[0-9A-Za-z]{1,10}/.exec(text.slice(from, from + ENTITY_CHARS_MAX))?.[0];
  const end = name === undefined ? -1 : entityEnd(text, from, name);
  const code = name === undefined || end < 0 ? undefined : entityCode(name);
  if (code !== undefined) visit(code, end);
}

function entityCode(name: string): number | undefined {
  if (!name.startsWith('#')) return NAMED.get(name);
  const hex = /^#[xX]/.test(name);
  const code = Number.parseInt(name.slice(hex ? 2 : 1), hex ? 16 : 10);
  return Number.isNaN(code) ? undefined : code;
}

function entityEnd(text: string, at: number, name: string): number {
  if (!text.startsWith(name, at)) return -1;
  const semicolon = at + name.length;
  if (text.charAt(semicolon) === ';') return semicolon + 1;
  const decoded = readPercentDeep(text, semicolon);
  return decoded?.code === 59 ? decoded.end : -1;
}

function backslashEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === BACKSLASH) return at + 1;
  if (code !== PERCENT) return -1;
  const decoded = readPercentDeep(text, at);
  return decoded?.code === BACKSLASH ? decoded.end : -1;
}

function readPercentDeep(text: string, at: number): Decoded | undefined {
  const digits = percentDepthEnd(text, at);
  return digits < 0 ? undefined : readUtf8(text, digits, (next) => percentDepthEnd(text, next));
}

function readHex(text: string, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const digit = hexDigit(text.charCodeAt(i));
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
