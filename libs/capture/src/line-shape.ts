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
  /** V8 ran out of memory. */
  | 'heap'
  /** `(node:7) Warning: …`; a hint follows in brackets. */
  | 'node-warning'
  | 'python'
  /** `Fatal Python error: …`: its frames are not followed by an error's line. */
  | 'python-fatal'
  | 'go'
  | 'rust'
  | 'box'
  | 'npm'
  /** What `go build` and `java X.java` say about sources. */
  | 'compiler'
  /** A head like `TypeError: …`, whose message may go on before its frames. */
  | 'error-head'
  /** `Unhandled Exception:`; the error is on the next line. */
  | 'error-below'
  /** java.util.logging: the level is on the second line. */
  | 'two-line-head';

/** No closer is longer, and a stranger's 64 KiB of brackets must not keep us busy. */
const CLOSER_CHARACTERS_MAX = 64;
/** Longer lines are no function's name; this pattern must not keep us busy either. */
const FUNCTION_CHARACTERS_MAX = 256;
const CLOSER = /^[}\])]+[,;)]*$/;
const FOLLOWER =
  /^(?:Caused by: |Caused by:$|During handling of the above exception|The above exception was the direct cause|Node\.js v\d|goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[|created by \S|exit status \d+$|stack backtrace:$|Stack backtrace:$|note: (?:run with `RUST_|Some details are omitted)|\[signal |Current thread 0x|Thread 0x|Extension modules: |Require stack:$|(?:Runtime|Resource)Warning: Enable tracemalloc |Object allocated at \(most |Suppressed: |thread caused non-unwinding panic|thread panicked while |---> \(Inner Exception |\(Use `\S+ --trace-)/;
const FOLLOWER_INITIALS = 'CDTNEOgcesntRS[-(>';
const TRACEBACK =
  /^(?: *(?:\+ Exception Group )?(?:Traceback|Stack) \(most recent call last\):| {2}File "[^"]+", line \d+|> File "[^"]+", line \d+)/;
/** A timestamp, a level word as a head, or a JSON object: the line begins a record. */
const HEAD =
  /^(?:\{"|\[?\d{4}[-/]\d\d[-/]\d\d[T ]|\[?\d\d[-/](?:[A-Z][a-z]{2}|\d\d)[-/](?:\d\d|\d{4}) |[A-Za-z_][\w.-]{0,59} \[(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\] |\[?\d{1,2}:\d\d:\d\d|[A-Z][a-z]{2} \d{1,2}, \d{4} \d|[IWEF]\d{4} \d\d:|(?:time|timestamp|ts|level|lvl)=|(?:\[[\w.:/ -]{1,40}\] )?[[(<]?(?:(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE|TRAC|DEBU|ERRO|FATA|PANI)(?:[\])>:[]|\s)|(?:trace|debug|info|warn|warning|error|fatal|dbug|fail|crit|trce)(?:[\])>[]|: |:\w+:|\s{2,}| [[\d])))/;
const JUL_HEAD = /^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M \S+ \S+$/;
const JUL_LEVEL = /^(?:SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): /;
/** Milliseconds set to the right, a thread's name and a level: Python's `relativeCreated`. */
const RELATIVE_HEAD = /^ {1,8}\d{1,9} \S{1,60} (DEBUG|INFO|WARNING|ERROR|CRITICAL) /;
/** Rich leaves out the time when it is that of the line before; pretty_env_logger has none. */
const INDENTED_HEAD =
  /^(?: {8,}(?:(?:DEBUG|INFO|WARNING|ERROR) {2,}|CRITICAL +)\S| (?:TRACE|DEBUG|INFO|WARN|ERROR) {1,2}\S+ > )/;
const ERROR_HEAD =
  /^(?:Uncaught |Error: |Unhandled exception\. )?[\w$.]*(?:Error|Exception)\b[^:]{0,80}: /;
const ERROR_BELOW =
  /^(?:Unhandled Exception|Uncaught exception|Unhandled rejection|[\w.]*RemoteTraceback):\s*$/i;
const JS_CRASH =
  /^(?:file:\/\/\S+|node:\S+|(?:\/|[A-Za-z]:\\)\S+|undefined|<anonymous_script>|evalmachine\.<anonymous>|\[(?:worker )?eval\d*\]|data:\S+):\d+$/;
const HEAP = /^(?:<--- Last few GCs --->$|FATAL ERROR: .{1,200}(?:heap|memory))/;
const RUST_PANIC = /^thread '.*' (?:\(\d+\) )?(?:panicked at |has overflowed its stack)/;
const GO_PANIC = /^(?:panic: |fatal error: |SIG[A-Z]+: |runtime: goroutine stack exceeds )/;
const NPM_ERROR = /^npm (?:error|ERR!)/;
const COMPILER = /^(?:# [\w./-]+$|\S+\.java:\d+: error: )/;
/** A head that may announce a traceback on the next line: `tool failed:` or an error's own entry. */
const ANNOUNCES =
  /:\s*$|\b(?:error|exception|fail(?:ed|ure)?|fatal|critical|panic|crash(?:ed)?)\b|\b(?:ERRO|FATA|PANI|ERR|FTL)\b|exception was never/i;

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
  if (INDENTED_HEAD.test(text) || relativeLevelOf(text) !== undefined) return 'plain';
  return TRACEBACK.test(text) ? 'traceback' : 'indented';
}

/** Kind of the record that `text` opens. */
export function kindOf(text: string, shape: LineShape): RecordKind {
  if (shape === 'box') return 'box';
  if (shape === 'traceback') return 'python';
  if (shape === 'follower') {
    if (text.endsWith('(most recent call first):')) return 'python-fatal';
    return text.startsWith('goroutine ') ? 'go' : 'plain';
  }
  if (shape !== 'plain') return 'plain';
  // Most lines hold none of the words below; a colon is in nearly every head.
  const colon = text.indexOf(':');
  return colon < 0 ? kindWithoutColon(text) : kindOfHead(text, colon);
}

function kindWithoutColon(text: string): RecordKind {
  switch (text.charCodeAt(0)) {
    case 0x6e:
      return NPM_ERROR.test(text) ? 'npm' : 'plain';
    case 0x3c:
      return HEAP.test(text) ? 'heap' : 'plain';
    case 0x23:
      return COMPILER.test(text) ? 'compiler' : 'plain';
    case 0x74:
      return RUST_PANIC.test(text) ? 'rust' : 'plain';
    default:
      return 'plain';
  }
}

function kindOfHead(text: string, colon: number): RecordKind {
  const kind = kindByInitial(text);
  if (kind !== 'plain') return kind;
  const last = text.charCodeAt(text.length - 1);
  if (last >= 0x30 && last <= 0x39 && JS_CRASH.test(text)) return 'javascript';
  if (JUL_HEAD.test(text)) return 'two-line-head';
  if (colon >= text.length - 2) return ERROR_BELOW.test(text) ? 'error-below' : 'plain';
  if (text.endsWith('.java', colon)) return COMPILER.test(text) ? 'compiler' : 'plain';
  const word = text.charAt(colon - 1);
  return (word === 'r' || word === 'n' || word === ']') && ERROR_HEAD.test(text)
    ? 'error-head'
    : 'plain';
}

function kindByInitial(text: string): RecordKind {
  switch (text.charCodeAt(0)) {
    case 0x74:
      return RUST_PANIC.test(text) ? 'rust' : 'plain';
    case 0x46:
      if (text.startsWith('Fatal Python error: ')) return 'python-fatal';
      return HEAP.test(text) ? 'heap' : 'plain';
    case 0x53:
    case 0x66:
    case 0x70:
    case 0x72:
      return GO_PANIC.test(text) ? 'go' : 'plain';
    case 0x6e:
      return NPM_ERROR.test(text) ? 'npm' : 'plain';
    case 0x28:
      return text.startsWith('(node:') ? 'node-warning' : 'plain';
    default:
      return 'plain';
  }
}

/** The level's word in a head that begins with the milliseconds since the program's start. */
export function relativeLevelOf(text: string): string | undefined {
  return RELATIVE_HEAD.exec(text)?.[1];
}

/** True when a plain line is the head of a new record whatever came before. */
export function isHead(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first === 0x20) return true; // No other indented line is plain.
  return first < 0x80 && HEAD.test(text);
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
  return /\b\d+ validation errors? for /.test(text);
}

/** A line that never begins a record: the frame of a stack or an inner error of .NET. */
export function isFrame(text: string): boolean {
  return /^\s+(?:at |--->? |\.\.\. \d+ |File "|Suppressed: |\S+\.(?:go|s):\d+)/.test(text);
}

/** A tag in brackets, such as `[server] `: a program that writes it does so on each record. */
export function isTagged(text: string): boolean {
  return text.charCodeAt(0) === 0x5b && /^\[[\w:./ -]{1,40}\] /.test(text);
}

/** A line that names an error somewhere and so may own the frames below it. */
export function namesError(text: string): boolean {
  return /(?:Error|Exception|Trace)\b[^:]{0,80}: /.test(text) && !text.includes(' ---> ');
}

/** How Go writes a function above its place: `main.(*index).row(0x0)`. */
export function isGoFunction(text: string): boolean {
  if (text.length > FUNCTION_CHARACTERS_MAX || !text.includes('.')) return false;
  return /^[\w./*()·[\]%-]+(?:\([^ ].*\)|\(\))?$/.test(text);
}
