/** What the first characters of a line say about its place in a record. */
export type LineShape =
  | 'blank'
  | 'plain'
  | 'indented'
  /** A whole JSON object: always a record of its own. */
  | 'json'
  /** Brackets that close what earlier lines opened. */
  | 'closer'
  /** Words that only ever continue a trace, such as `Caused by:`. */
  | 'follower'
  /** `Traceback (most recent call last):` and its like. */
  | 'traceback'
  /** Part of a drawn box. */
  | 'box';

/** The kind of record a first line opens; it decides which further lines belong to it. */
export type RecordKind =
  | 'plain'
  | 'javascript'
  | 'python'
  | 'go'
  | 'rust'
  | 'box'
  | 'npm'
  /** A head like `TypeError: …`, whose message may go on before its frames. */
  | 'error-head'
  /** java.util.logging: the level is on the second line. */
  | 'two-line-head';

/** No closer is longer, and a stranger's 64 KiB of brackets must not keep us busy. */
const CLOSER_CHARACTERS_MAX = 64;
const CLOSER = /^[}\])]+[,;)]*$/;
const FOLLOWER =
  /^(?:Caused by: |Caused by:$|During handling of the above exception|The above exception was the direct cause|Node\.js v\d|goroutine \d+ \[|created by \S|exit status \d+$|stack backtrace:$|note: (?:run with `RUST_|Some details are omitted)|\[signal |Current thread 0x|Thread 0x|Require stack:$|Suppressed: )/;
const FOLLOWER_INITIALS = 'CDTNgcesn[RS>';
const TRACEBACK =
  /^(?: *(?:\+ Exception Group )?Traceback \(most recent call last\):| {2}File "[^"]+", line \d+|> File "[^"]+", line \d+)/;
/** A timestamp, a level word as a head, or a JSON object: the line begins a record. */
const HEAD =
  /^(?:\{"|\[?\d{4}[-/]\d\d[-/]\d\d[T ]|\[?\d{1,2}:\d\d:\d\d|[A-Z][a-z]{2} \d{1,2}, \d{4} \d|(?:time|ts|level|lvl)=|[[(<]?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE|trace|debug|info|warn|warning|error|fatal)(?:[\])>]|: |:\w+:|\s{2,}| [[\d]))/;
const JUL_HEAD = /^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M \S+ \S+$/;
const JUL_LEVEL = /^(?:SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): /;
/** Rich leaves out the time when it is that of the line before. */
const RICH_HEAD = /^ {8,}(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) {2,}\S/;
const ERROR_HEAD = /^(?:Uncaught |Error: )?[\w$.]*(?:Error|Exception)\b[^:]{0,80}: /;
const JS_CRASH = /^(?:file:\/\/\S+|node:\S+|(?:\/|[A-Za-z]:\\)\S+\.[cm]?[jt]sx?):\d+$/;
const RUST_PANIC = /^thread '.*' (?:\(\d+\) )?panicked at /;
const GO_PANIC = /^(?:panic: |fatal error: |SIG[A-Z]+: )/;
const NPM_ERROR = /^npm (?:error|ERR!)/;
/** A head that may announce a traceback on the next line: `tool failed:` or an error's own entry. */
const ANNOUNCES =
  /:\s*$|\b(?:error|exception|fail(?:ed|ure)?|fatal|critical|panic|crash(?:ed)?)\b/i;

/** Shape of a line; costs one look at its first character for most lines. */
export function shapeOf(text: string): LineShape {
  const first = text.charCodeAt(0);
  if (text === '') return 'blank';
  if (first === 0x20 || first === 0x09) return shapeOfIndented(text);
  if (first === 0x7b && text.charCodeAt(text.length - 1) === 0x7d && text.length > 1) return 'json';
  if (first === 0x7d || first === 0x5d || first === 0x29) {
    return text.length <= CLOSER_CHARACTERS_MAX && CLOSER.test(text) ? 'closer' : 'plain';
  }
  if (first >= 0x2500 && first <= 0x257f) return 'box';
  if (first > 0x7f || !FOLLOWER_INITIALS.includes(text.charAt(0))) return 'plain';
  if (FOLLOWER.test(text)) return 'follower';
  return TRACEBACK.test(text) ? 'traceback' : 'plain';
}

function shapeOfIndented(text: string): LineShape {
  if (text.trim() === '') return 'blank';
  if (RICH_HEAD.test(text)) return 'plain';
  return TRACEBACK.test(text) ? 'traceback' : 'indented';
}

/** Kind of the record that `text` opens. */
export function kindOf(text: string, shape: LineShape): RecordKind {
  if (shape === 'box') return 'box';
  if (shape === 'traceback') return 'python';
  if (shape !== 'plain') return 'plain';
  // Most lines hold none of the words below; a colon is in every head.
  const colon = text.indexOf(':');
  if (colon < 0) return NPM_ERROR.test(text) ? 'npm' : 'plain';
  return kindOfHead(text, colon);
}

function kindOfHead(text: string, colon: number): RecordKind {
  const first = text.charAt(0);
  if (first === 't' && RUST_PANIC.test(text)) return 'rust';
  if ((first === 'p' || first === 'f' || first === 'S') && GO_PANIC.test(text)) return 'go';
  if (first === 'n' && NPM_ERROR.test(text)) return 'npm';
  const last = text.charCodeAt(text.length - 1);
  if (last >= 0x30 && last <= 0x39 && JS_CRASH.test(text)) return 'javascript';
  if (JUL_HEAD.test(text)) return 'two-line-head';
  const word = text.charAt(colon - 1);
  return (word === 'r' || word === 'n' || word === ']') && ERROR_HEAD.test(text)
    ? 'error-head'
    : 'plain';
}

/** True when a line at column 0 is the head of a new record whatever came before. */
export function isHead(text: string): boolean {
  return HEAD.test(text);
}

export function announcesTrace(text: string): boolean {
  return ANNOUNCES.test(text);
}

export function isJulLevel(text: string): boolean {
  return JUL_LEVEL.test(text);
}

export function isNpmError(text: string): boolean {
  return NPM_ERROR.test(text);
}

/** The last line of a Python ExceptionGroup, at any depth. */
export function endsGroup(text: string): boolean {
  return /^ +\+-{20,}$/.test(text);
}

/** Pydantic lists the fields that are wrong on the lines after its exception. */
export function namesFields(text: string): boolean {
  return /^[\w.]*ValidationError: \d+ validation errors? for /.test(text);
}
