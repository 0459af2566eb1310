import type { Level } from '@mcplog/log-entry';
import { isDigit } from './digit.ts';
import { levelOfBareWord, levelOfSyslog, levelOfWord } from './level-words.ts';
import { relativeLevelOf } from './line-shape.ts';

/** A level and where in the text it came from. */
export interface FoundLevel {
  readonly level: Level;
  readonly reason: 'field' | 'prefix';
}

const TOKENS_MAX = 10;
/** A head longer than this is no head. */
const HEAD_CHARACTERS_MAX = 200;
/** Characters behind a token that say whether it stands apart, see `isSeparated`. */
const BEHIND_CHARACTERS = 3;
const DASHES = /^[-–—|:>»•*=]+$/;
/** `06:00:00,123:ERROR:logger:text`: a time and a level in one word. */
const GLUED = /^[\d.,:TZ-]{5,}[:|]([A-Z]{4,8})(?=[:|]|$)/;
/** `06:00:00 W logger text`: what is left of a level in a narrow format. */
const LETTERS: ReadonlyMap<string, Level> = new Map([
  ['D', 'debug'],
  ['I', 'info'],
  ['W', 'warn'],
  ['E', 'error'],
  ['C', 'error'],
]);
const GLOG = /^[IWEF]\d{4}$/;
const LOGFMT_LEVEL =
  /(?:^|\s)(?:level|lvl|severity|log\.level|loglevel)=["']?([A-Za-z]+)["']?(?=\s|$)/;
const NODE_WARNING = /^\(node:\d+\) (?:\[\w+\] )?\w*Warning: |^\(Use `node --trace-/;
const NPM_LINE = /^npm (warn|WARN|error|ERR!|notice)/;
const JUL_HEAD = /^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M /;
const SYSLOG_HEAD = /^<(\d{1,3})>/;

/** `logger.name [WARNING] text`: Python's level in brackets right behind a name. */
const BRACKETED = /^ \[(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\] /;
const BRACKETED_CHARACTERS = 12;

/** What the tokens before decided about the ones to come. */
interface Head {
  readonly text: string;
  /** A time was seen, so a bare word may be a level. */
  hasTime: boolean;
  /** The token before was a separator or a bracket. */
  afterMark: boolean;
  /** A name ending with a colon was seen: only another colon makes a level now. */
  colonOnly: boolean;
  /** Inside a bracket of several words, such as `[Tue Nov 23]`. */
  inBracket: boolean;
  namesSkipped: number;
  /** See {@link HeadLevel.reach}. */
  reach: number;
}

/** What a head says, and how much of it said so. */
export interface HeadLevel {
  readonly found: FoundLevel | undefined;
  /**
   * Characters that the answer depends on: any other line with the same beginning of this length,
   * whatever its digits, has the same answer. Infinity when there is no such length.
   */
  readonly reach: number;
}

/**
 * Level in the head of a text line: bracketed, before a colon, in capitals, after a time. Words
 * inside a sentence are none: `First, look at the error log` has no level.
 */
export function levelOfPrefix(message: string): FoundLevel | undefined {
  return readHead(message).found;
}

/** {@link levelOfPrefix}, and how many characters it depends on. */
export function readHead(message: string): HeadLevel {
  const text = headLine(message);
  const first = text.charCodeAt(0);
  if (first === 0x28 && NODE_WARNING.test(text)) return ofWholeLine(prefix('warn'));
  if (first === 0x3c) {
    const severity = SYSLOG_HEAD.exec(text)?.[1];
    if (severity !== undefined && Number(severity) <= 191) {
      return ofWholeLine(prefix(levelOfSyslog(Number(severity) & 7)));
    }
  }
  if (first === 0x20) {
    const level = levelOfWord(relativeLevelOf(text) ?? '');
    if (level !== undefined) return ofWholeLine(prefix(level));
  }
  if (first === 0x6e && text.startsWith('npm ')) return ofWholeLine(levelOfNpm(text));
  const isOrdinary = first !== 0x28 && first !== 0x3c && text.length === message.length;
  const scanned = scanHead(text);
  return isOrdinary ? scanned : ofWholeLine(scanned.found);
}

function ofWholeLine(found: FoundLevel | undefined): HeadLevel {
  return { found, reach: Number.POSITIVE_INFINITY };
}

/** java.util.logging writes its level on the second line. */
function headLine(message: string): string {
  const end = message.indexOf('\n');
  if (end < 0) return message;
  const line = message.slice(0, end);
  return JUL_HEAD.test(line) ? message.slice(end + 1, end + HEAD_CHARACTERS_MAX) : line;
}

function levelOfNpm(text: string): FoundLevel | undefined {
  const word = NPM_LINE.exec(text)?.[1];
  if (word === undefined) return undefined;
  if (word === 'notice') return prefix('info');
  return prefix(word.toLowerCase() === 'warn' ? 'warn' : 'error');
}

function scanHead(text: string): HeadLevel {
  const head: Head = {
    text,
    hasTime: false,
    afterMark: false,
    colonOnly: false,
    inBracket: false,
    namesSkipped: 0,
    reach: 0,
  };
  let at = 0;
  for (let count = 0; count < TOKENS_MAX; count++) {
    while (isSpace(text.charCodeAt(at))) at++;
    if (at >= text.length || at > HEAD_CHARACTERS_MAX) return ofWholeLine(undefined);
    let end = at + 1;
    const limit = Math.min(text.length, at + HEAD_CHARACTERS_MAX);
    while (end < limit && !isSpace(text.charCodeAt(end))) end++;
    head.reach = end + BEHIND_CHARACTERS;
    const found = readToken(head, text.slice(at, end), end);
    if (found !== 'skip') return { found: found === 'stop' ? undefined : found, reach: head.reach };
    at = end;
  }
  return { found: undefined, reach: head.reach };
}

type TokenResult = FoundLevel | 'skip' | 'stop';

function readToken(head: Head, token: string, end: number): TokenResult {
  const first = token.charCodeAt(0);
  if (head.inBracket) {
    head.inBracket = !token.includes(']');
    return 'skip';
  }
  if (first === 0x5b || first === 0x28 || first === 0x3c) return readBracket(head, token);
  if (isDigit(first)) return readNumber(head, token);
  // A path before a colon is a name: `/srv/a.py:2: DeprecationWarning: …`.
  if (!isLetter(first) && !(first === 0x2f && token.endsWith(':'))) {
    return readMark(head, token, first);
  }
  return readWord(head, token, end);
}

/** `[ERROR]`, `(warn)`, `<info>`, `[core:error]`; any other bracket is a name or a time. */
function readBracket(head: Head, token: string): TokenResult {
  const inner = token.slice(1).replace(/[\])>:,]+$/, '');
  const word = inner.slice(inner.lastIndexOf(':') + 1);
  const level = levelOfWord(word);
  if (level !== undefined) return prefix(level);
  if (isDigit(inner.charCodeAt(0))) head.hasTime = true;
  else head.inBracket = token.startsWith('[') && !token.includes(']');
  head.afterMark = true;
  return 'skip';
}

/** A date, a time, an address; a small number first in a line counts something. */
function readNumber(head: Head, token: string): TokenResult {
  const level = levelInTime(token);
  if (level !== undefined) return prefix(level);
  const isTime = token.length >= 5 && /\d[-:/.]\d|^\d{10}|^\d\d[-/][A-Z][a-z]{2}[-/]/.test(token);
  if (!isTime && !head.hasTime) return 'stop';
  head.hasTime = true;
  head.afterMark = false;
  return 'skip';
}

function levelInTime(token: string): Level | undefined {
  if (token.length < 10 || !holdsWord(token)) return undefined;
  const word = GLUED.exec(token)?.[1];
  return word === undefined ? undefined : levelOfWord(word);
}

/** True when letters follow the time: the `T` and the `Z` of a time stand alone. */
function holdsWord(token: string): boolean {
  for (let at = 5; at + 1 < token.length && at < 40; at++) {
    if (isLetter(token.charCodeAt(at)) && isLetter(token.charCodeAt(at + 1))) return true;
  }
  return false;
}

function readMark(head: Head, token: string, first: number): TokenResult {
  const isZone = head.hasTime && /^[+-]\d\d:?\d\d\]?$/.test(token);
  if (!isZone && !DASHES.test(token) && first < 0x80) return 'stop';
  head.afterMark = true;
  return 'skip';
}

function readWord(head: Head, token: string, end: number): TokenResult {
  if (head.namesSkipped === 0 && !head.hasTime && GLOG.test(token)) return glogLevel(token);
  const mark = endOfLetters(token);
  if (mark === token.length) return readPlainWord(head, token, end);
  const word = token.slice(0, mark);
  const next = token.charCodeAt(mark);
  if (next === 0x3d) return readLogfmt(head);
  if (next === 0x3a) {
    const level = token.startsWith('//', mark + 1) ? undefined : levelOfColonWord(word);
    if (level !== undefined) return prefix(level);
  }
  if (next === 0x5b || next === 0x7c || next === 0x5d) {
    const level = isUpper(word) ? levelOfBareWord(word) : undefined;
    if (level !== undefined) return prefix(level);
  }
  return skipName(head, token, end);
}

function levelOfColonWord(word: string): Level | undefined {
  // .NET's console writes `fail: Category[0]`, so lower case is no sentence here.
  if (word === 'fail') return 'error';
  return isUpper(word) ? levelOfWord(word) : levelOfBareWord(word);
}

/** A word of letters only: a level in capitals, or in any case between separators. */
function readPlainWord(head: Head, word: string, end: number): TokenResult {
  const level = head.colonOnly ? undefined : levelOfBareWord(word);
  if (level === undefined) {
    const letter = head.hasTime && head.namesSkipped === 0 ? LETTERS.get(word) : undefined;
    return letter === undefined ? skipName(head, word, end) : prefix(letter);
  }
  if (isUpper(word)) return prefix(level);
  const isMarked = head.hasTime || head.afterMark || isColumn(head.text, end);
  return isMarked && isSeparated(head.text, end) ? prefix(level) : 'stop';
}

/** `warn     battery is low`: a word that fills a column of its own. */
function isColumn(text: string, end: number): boolean {
  return text.charCodeAt(end) === 0x20 && text.charCodeAt(end + 1) === 0x20;
}

/** A logger's name may stand before the level, once; then the level must be beyond doubt. */
function skipName(head: Head, token: string, end: number): TokenResult {
  if (token.endsWith('Warning:')) return prefix('warn');
  if (token.endsWith(':') && head.namesSkipped === 0) {
    head.colonOnly = true;
  } else if (!isSeparated(head.text, end) && (!head.hasTime || head.namesSkipped > 0)) {
    return 'stop';
  } else if (!head.hasTime && !head.afterMark) {
    head.reach = Math.max(head.reach, end + BRACKETED_CHARACTERS);
    if (!BRACKETED.test(head.text.slice(end, end + BRACKETED_CHARACTERS))) return 'stop';
  }
  head.namesSkipped++;
  head.afterMark = false;
  return 'skip';
}

function readLogfmt(head: Head): TokenResult {
  head.reach = Number.POSITIVE_INFINITY;
  const word = LOGFMT_LEVEL.exec(head.text.slice(0, 1024))?.[1];
  const level = word === undefined ? undefined : levelOfWord(word);
  return level === undefined ? 'stop' : { level, reason: 'field' };
}

function glogLevel(token: string): FoundLevel {
  const letter = token.charAt(0);
  return prefix(letter === 'I' ? 'info' : letter === 'W' ? 'warn' : 'error');
}

/** True when a tab, two spaces, a dash, a bar or a bracket follows. */
function isSeparated(text: string, end: number): boolean {
  const next = text.charCodeAt(end);
  if (next === 0x09) return true;
  if (next !== 0x20) return false;
  const after = text.charCodeAt(end + 1);
  if (after === 0x20 || after === 0x7c || after === 0x5b || after === 0x5d) return true;
  return (after === 0x2d || after === 0x3a) && !isLetter(text.charCodeAt(end + 2));
}

function prefix(level: Level): FoundLevel {
  return { level, reason: 'prefix' };
}

function endOfLetters(token: string): number {
  let at = 0;
  while (at < token.length && isLetter(token.charCodeAt(at))) at++;
  return at;
}

function isUpper(word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code < 0x41 || code > 0x5a) return false;
  }
  return word.length > 0;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
