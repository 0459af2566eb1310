/** One line that names an error class or a crash at its start. */
const HEAD =
  /^(?:Uncaught (?:\w+ )?|Unhandled (?:promise )?rejection|Unhandled exception|Fatal (?:Python )?error|FATAL ERROR|panic: |fatal error: |thread '.*' (?:\(\d+\) )?(?:panicked at |has overflowed its stack)|<--- Last few GCs --->|# [\w./-]+$|\S+\.java:\d+: error: |\S*python[\d.]*: (?:can't open file |No module named |Error while finding )|\S*node: bad option: |(?:\S*\/)?(?:ba|da|z)?sh: .*(?:not found|No such file or directory|Permission denied)$|Exception in thread |[\w$.:]*(?:Error|Exception|ExceptionGroup|Panic)(?: \[\w+\])?(?:: |:$|$))/;
/** A program that says why it could not start. */
const PROGRAM = /^\S*(?:python[\d.]*|sh|node): /;
/** Frames of a stack in a record of several lines. */
const FRAMES =
  /\n[ \t]+at \S|Traceback \(most recent call last\)|\ngoroutine \d+ \[|\nNode\.js v\d|(?:^|\n)thread '.*' (?:\(\d+\) )?panicked at |(?:^|\n)[ \t]+File "[^"\n]+", line \d+|(?:^|\n)[\w$.]*(?:Error|Exception)(?: \[\w+\])?: [^\n]*\n\s|^[Uu]sage: [\s\S]*\n(?:[\w./-]+: e|E)rror: /;
/** How a Python server ends when it is told to; that is no failure. */
const ASKED_TO_STOP = /(?:^|\n)(?:KeyboardInterrupt|asyncio\.exceptions\.CancelledError)\s*$/;

/** True for an exception, a panic or a stack trace of the languages servers are written in. */
export function isTrace(text: string): boolean {
  const end = text.indexOf('\n');
  if (end >= 0) return FRAMES.test(text) || HEAD.test(text.slice(0, end));
  return mayBeHead(text) && HEAD.test(text);
}

/** True for a trace that only says that somebody stopped the process. */
export function isAskedToStop(text: string): boolean {
  return ASKED_TO_STOP.test(text);
}

/** Every head has a capital or one of few words before its first colon; most lines do not. */
function mayBeHead(text: string): boolean {
  switch (text.charCodeAt(0)) {
    case 0x66:
    case 0x70:
    case 0x74:
      return true;
    case 0x2f:
    case 0x62:
    case 0x64:
    case 0x6e:
    case 0x73:
    case 0x7a:
      return text.includes('rror') || text.includes('xception') || PROGRAM.test(text);
    case 0x55:
      return true;
    default:
      return text.includes('rror') || text.includes('xception');
  }
}
