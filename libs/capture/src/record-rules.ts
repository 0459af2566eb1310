/**
 * Which line belongs to the record before it. A rule of one kind of record looks at that record
 * and at one line; what only later lines can decide is `wait`.
 */
import {
  beginsIndented,
  continuesWithBox,
  indentOf,
  isBoxBottom,
  isTraceBox,
  isWrapped,
} from './drawn-rules.ts';
import {
  announcesTrace,
  endsGroup,
  isFrame,
  isGoFunction,
  isJulLevel,
  isNpmError,
  isTagged,
  kindOf,
  type LineShape,
  namesError,
  namesFields,
  type RecordKind,
} from './line-shape.ts';
import {
  explains,
  explainsBelow,
  isAsyncioDetail,
  isCallStack,
  isField,
  isOfAsyncio,
  isOfReport,
  isOfUsage,
  isPythonWarning,
} from './python-rules.ts';

/** What the rules look at of a record that is still open. */
export interface OpenRecord {
  kind: RecordKind;
  readonly head: string;
  /** The head has a time or a level: a program that writes such heads writes them on each record. */
  readonly hasHead: boolean;
  /** Records in a row before it that had heads: where all have, a line without one is no record. */
  readonly headsBefore: number;
  lines: number;
  last: string;
  lastShape: LineShape;
  /** The trace has shown its end: only words that chain traces continue it. */
  isEnded: boolean;
  /** The exception's text names fields on the lines after it (pydantic). */
  hasMore: boolean;
  /** A box of a traceback is in it. */
  hasTraceBox: boolean;
  /** Characters of its last line that is part of a box. */
  boxWidth: number;
  /** Spaces before the head of its last traceback. */
  traceIndent: number;
}

/** A line as it came. */
export interface PlacedLine {
  readonly text: string;
  readonly shape: LineShape;
  readonly kind: RecordKind;
  readonly isHead: boolean;
  /** It came within the burst of the line before, not only within the time a trace may take. */
  readonly isClose: boolean;
  /**
   * It came in the chunk that the record's head began. A logger writes a record at once, so a
   * chunk that begins with a head and has no other is one record.
   */
  readonly isSameWrite: boolean;
}

export type Verdict = 'joins' | 'begins' | 'wait';

/** So many heads before it let a line below a logged trace belong to it. */
const HEADS_BEFORE_TRACE = 2;
/** So many make it a habit of the program to write nothing without a head. */
const HEADS_OF_A_HABIT = 4;
/** Spaces before the head of an exception group's traceback. */
const GROUP_INDENT = 2;
const HEAP_LINE = /^(?:\w{0,2} ?\[\d+:0x|<--- |FATAL ERROR: |----- |\d+: 0x)/;
const GO_LINE = /[)\]]:?$|^goroutine |^runtime[.: ]|^fatal error: |^\.\.\.additional frames/;
const COMPILER_LINE =
  /^(?:\S+\.go:\d+:\d+: |\S+\.java:\d+: |\d+ errors?$|error: compilation failed$|too many errors$)/;
/** Lines that databases and clients put below the text of an error. */
const ERROR_DETAIL =
  /^(?:DETAIL|HINT|CONTEXT|QUERY|STATEMENT|LINE \d+): |^\[(?:SQL|parameters): |^\(Background on this error at: |^For more information check: /;
const WARNS = /\bWARN(?:ING)?\b|\[warn(?:ing)? *\]/;

export function verdictOf(held: OpenRecord, line: PlacedLine): Verdict {
  switch (line.shape) {
    case 'blank':
      return 'joins';
    case 'indented':
      return beginsIndented(held, line) ? 'begins' : 'joins';
    case 'json':
      return held.kind === 'javascript' && !held.isEnded ? 'joins' : 'begins';
    case 'closer':
      return held.lines > 1 || /[{[(]$/.test(held.last) ? 'joins' : 'begins';
    case 'follower':
      return followsTrace(held, line.text) ? 'joins' : 'begins';
    case 'traceback':
      if (continuesWithTraceback(held, line)) return 'joins';
      return mayOwnTraceback(held, line) ? 'wait' : 'begins';
    case 'box':
      return continuesWithBox(held, line) ? 'joins' : 'begins';
    case 'plain':
      return verdictOfPlain(held, line);
  }
}

/** True when `line` shows that the undecided lines before it, and it, belong to the record. */
export function provesUndecided(
  held: OpenRecord,
  line: PlacedLine,
  undecided: readonly string[],
): boolean {
  const { text, shape } = line;
  const last = undecided.at(-1) ?? '';
  if (undecided[0]?.startsWith('Traceback ')) {
    // Nobody caught what goes up to the module; loguru, which leaves a line blank, shows all.
    return shape === 'blank' || (shape === 'traceback' && !text.endsWith(', in <module>'));
  }
  switch (shape) {
    case 'indented':
      if (held.kind === 'python')
        return held.hasMore && !last.includes(' ') && /^ {2}\S/.test(text);
      // The line of source that a warning is about.
      if (isPythonWarning(held)) return /^ {2}\S/.test(text);
      if (isField(last) && namesFields(held.head)) return /^ {2}\S/.test(text);
      return isFrame(text) && (isErrorText(held, last) || !namesError(last));
    case 'traceback':
      return isLoggedError(held);
    case 'box':
      return isLoggedError(held) && isTraceBox(text);
    case 'follower':
      // These two end a report of their own, after `Error: …` and a blank line.
      if (text === 'Caused by:' || text === 'Stack backtrace:') return false;
      // And this one belongs to the warning right above it.
      if (text.includes('Warning: Enable tracemalloc ')) return false;
      return text.startsWith('goroutine ') ? isLoggedError(held) : followsTrace(held, text);
    default:
      return false;
  }
}

/** The exception that a logger prints below its own line. */
function isErrorText(held: OpenRecord, text: string): boolean {
  return isLoggedError(held) && kindOf(text, 'plain') === 'error-head';
}

/** A plain line after one that waits already. */
export function mayWaitOn(held: OpenRecord, line: PlacedLine): boolean {
  if (line.isHead || isTagged(line.text)) return false;
  return line.kind === 'error-head' ? isLoggedError(held) : line.kind === 'plain';
}

/** `Caused by:` never begins a record; the other words belong to one language. */
function followsTrace(held: OpenRecord, text: string): boolean {
  switch (text.charAt(0)) {
    case 'T':
      // A dump of threads is a record of its own, unless the process ends with it.
      if (!text.startsWith('Thread 0x')) return true;
      return held.kind === 'python-fatal' || held.head.startsWith('Timeout (');
    case 'N':
      return held.kind === 'javascript';
    case 'g':
      return held.kind === 'go' || (held.hasHead && announcesTrace(held.head));
    case 'c':
    case 'e':
    case '[':
      return held.kind === 'go';
    case 's':
    case 'n':
    case 't':
      return held.kind === 'rust';
    case '(':
      return held.kind === 'node-warning';
    default:
      return true;
  }
}

function continuesWithTraceback(held: OpenRecord, line: PlacedLine): boolean {
  if (held.lastShape === 'follower' && held.last.endsWith(':')) return true;
  if (isAsyncioDetail(held.last) || isCallStack(held)) return true;
  if (held.kind === 'python') return !held.isEnded;
  if (held.kind === 'python-fatal' || held.kind === 'error-below') return true;
  // Rich prints a traceback in the column of the message; only a group's is indented otherwise.
  if (indentOf(line.text) > GROUP_INDENT) return true;
  if (held.lines > 1) return hasMessageBelow(held) && announcesTrace(held.head);
  // Python's `stack_info`: only ever below a log line.
  if (line.text.startsWith('Stack (most')) return true;
  return announcesTrace(held.head);
}

/** Where a program crashed on its own is seen on the next line, see {@link provesUndecided}. */
function mayOwnTraceback(held: OpenRecord, { isSameWrite }: PlacedLine): boolean {
  if (!held.hasHead || held.lines > 1) return false;
  return isHabit(held)
    ? isSameWrite || WARNS.test(held.head)
    : isSameWrite && WARNS.test(held.head);
}

function verdictOfPlain(held: OpenRecord, line: PlacedLine): Verdict {
  if (held.kind === 'two-line-head' && held.lines === 1) {
    return isJulLevel(line.text) ? 'joins' : 'begins';
  }
  if (held.kind === 'compiler' && COMPILER_LINE.test(line.text)) return 'joins';
  if (held.kind === 'heap' && HEAP_LINE.test(line.text)) return 'joins';
  if (line.isHead && !isCode(held)) return 'begins';
  if (joinsPlain(held, line)) return 'joins';
  return mayBelong(held, line) ? 'wait' : 'begins';
}

function joinsPlain(held: OpenRecord, line: PlacedLine): boolean {
  const { text, kind } = line;
  switch (held.kind) {
    case 'plain':
      if (isOfAsyncio(held, text) || isOfUsage(held, text) || isOfReport(held, text)) return true;
      // The exception alone, where a program has no frames to show.
      if (kind === 'error-head') return held.lines === 1 && isHabit(held) && line.isSameWrite;
      return (
        kind === 'plain' &&
        (isDetail(text) ||
          goesOnBelow(held, line) ||
          isListed(held, line) ||
          (line.isClose && explainsBelow(held, text)))
      );
    case 'error-head':
      return kind === 'plain' && (isDetail(text) || goesOnBelow(held, line));
    case 'javascript':
      return !held.isEnded;
    case 'python':
      if (!held.isEnded) return true;
      if (kind !== 'plain' || !line.isClose) return false;
      return isDetail(text) || explains(held, text) || goesOnBelow(held, line);
    case 'rust':
      return held.lines === 1;
    case 'go':
      return !held.isEnded && GO_LINE.test(text);
    case 'npm':
      return isNpmError(text);
    case 'error-below':
      return held.lines === 1;
    case 'box':
      return held.hasTraceBox && goesOnBelowBox(held, line);
    default:
      return false;
  }
}

/** Below the box of a traceback stands its exception, and what explains it. */
function goesOnBelowBox(held: OpenRecord, { text, isClose }: PlacedLine): boolean {
  if (held.isEnded) return /^[\w.]+(?::|$)/.test(text);
  if (held.lastShape !== 'plain' || !isClose) return false;
  return explains(held, text) || isWrapped(held, text);
}

/** A line of what the head announces, such as a list or a text in brackets. */
function isListed(held: OpenRecord, { text, isClose, isSameWrite }: PlacedLine): boolean {
  if (!held.hasHead || !isClose || !held.head.endsWith(':') || isTagged(text)) return false;
  return isSameWrite || held.headsBefore >= HEADS_BEFORE_TRACE || /^[{[]$/.test(text);
}

/** Below a head, among records that all have heads, a line without one is no record of its own. */
function goesOnBelow(held: OpenRecord, { text, isSameWrite }: PlacedLine): boolean {
  if (isTagged(text)) return false;
  if (held.kind === 'python') return held.hasHead && held.headsBefore >= HEADS_BEFORE_TRACE;
  return hasMessageBelow(held) || (isHabit(held) && isSameWrite);
}

/** The head is a time, a level and a place in the source; what is said begins on the next line. */
function hasMessageBelow({ kind, head, hasHead, lines }: OpenRecord): boolean {
  return kind === 'plain' && hasHead && lines > 1 && /\.py:\d+$/.test(head);
}

function isHabit(held: OpenRecord): boolean {
  return held.hasHead && held.headsBefore >= HEADS_OF_A_HABIT;
}

function isDetail(text: string): boolean {
  const first = text.charCodeAt(0);
  // D H C Q S L [ ( F
  if (!(first === 0x28 || first === 0x5b || (first >= 0x43 && first <= 0x53))) return false;
  return ERROR_DETAIL.test(text);
}

/** Below the place of a JavaScript crash stands a line of the source, whatever it looks like. */
function isCode(held: OpenRecord): boolean {
  return held.kind === 'javascript' && held.lines === 1;
}

/** True when only the lines to come can tell whether this plain one belongs to the record. */
function mayBelong(held: OpenRecord, { text, kind }: PlacedLine): boolean {
  // Java's and JavaScript's loggers print the exception on the line after their own.
  if (kind === 'error-head') return isLoggedError(held);
  if (kind !== 'plain' || isTagged(text)) return false;
  switch (held.kind) {
    case 'error-head':
    case 'error-below':
      return !/^[\w$.]+: /.test(text);
    case 'python':
      return held.isEnded;
    case 'rust':
      return !held.last.startsWith('note: ');
    case 'two-line-head':
      return held.lines === 2 && announcesTrace(held.last);
    case 'plain':
      if (held.hasHead && isGoFunction(text)) return true;
      if (isPythonWarning(held) || (isField(text) && namesFields(held.head))) return true;
      return isLoggedError(held) || (held.lines === 1 && namesError(held.head));
    default:
      return false;
  }
}

/** A log line that tells of an error, whose trace may follow. */
function isLoggedError(held: OpenRecord): boolean {
  if (held.kind === 'two-line-head') return held.lines === 2;
  return held.kind === 'plain' && held.hasHead && held.lines === 1 && announcesTrace(held.head);
}

/** Takes over what `line`, just added, says about the record. */
export function noteLine(held: OpenRecord, line: PlacedLine): void {
  const { text, shape, kind } = line;
  if (text.startsWith('Stack (most') || text.endsWith('(most recent call first):')) {
    held.kind = 'python-fatal';
  }
  if (shape === 'traceback' && held.kind !== 'python-fatal') held.kind = 'python';
  if (shape === 'box' && isTraceBox(text)) {
    held.kind = 'box';
    held.hasTraceBox = true;
  }
  if (shape === 'follower' && text.startsWith('goroutine ')) held.kind = 'go';
  if (kind === 'error-head' && (held.kind === 'error-below' || held.kind === 'plain')) {
    held.kind = 'error-head';
  }
  if (shape === 'box') held.boxWidth = text.length;
  if (shape === 'traceback') held.traceIndent = indentOf(text);
  held.isEnded = endsTrace(held, text, shape);
  if (held.kind === 'python' && namesFields(text)) held.hasMore = true;
  held.last = text;
  held.lastShape = shape;
}

/** True when `text`, just added, is the last line that a trace of this kind has. */
function endsTrace(held: OpenRecord, text: string, shape: LineShape): boolean {
  switch (held.kind) {
    case 'javascript':
      return text.startsWith('Node.js v');
    case 'python':
      return shape === 'plain' || (shape === 'indented' && (held.isEnded || endsGroup(text)));
    case 'go':
      return text.startsWith('exit status ');
    case 'box':
      return isBoxBottom(text);
    default:
      return false;
  }
}
