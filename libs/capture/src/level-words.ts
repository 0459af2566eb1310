import type { Level } from '@mcplog/log-entry';

/** Words for levels in the logging libraries of eight languages, in lower case. */
const LEVEL_OF_WORD: ReadonlyMap<string, Level> = new Map(
  Object.entries({
    debug: 'trace trce trac trc debug debu dbug dbg verbose silly fine finer finest',
    info: 'info inf information informational notice success config http',
    warn: 'warn warning wrn',
    error:
      'error erro err fail crit critical fatal fata ftl severe alert emerg emergency panic pani pnc dpanic fault',
  } satisfies Record<Level, string>).flatMap(([level, words]) =>
    words.split(' ').map((word): [string, Level] => [word, level as Level]),
  ),
);

const WORD_CHARACTERS_MAX = 13;
/** Ordinary words of a sentence, so no level unless a field or a bracket says so. */
const EVERYDAY = new Set(['fine', 'finer', 'finest', 'config', 'http', 'success', 'fault', 'fail']);

/** Level of a word that stands where a level belongs, in any case. */
export function levelOfWord(word: string): Level | undefined {
  if (word.length < 3 || word.length > WORD_CHARACTERS_MAX) return undefined;
  const level = LEVEL_OF_WORD.get(word);
  if (level !== undefined || !hasCapital(word)) return level;
  return LEVEL_OF_WORD.get(word.toLowerCase());
}

function hasCapital(word: string): boolean {
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    // Beyond ASCII there are capitals too.
    if ((code >= 0x41 && code <= 0x5a) || code > 0x7e) return true;
  }
  return false;
}

/** Like {@link levelOfWord}, but not for words that sentences begin with. */
export function levelOfBareWord(word: string): Level | undefined {
  const level = levelOfWord(word);
  return level !== undefined && EVERYDAY.has(word.toLowerCase()) ? undefined : level;
}

/** RFC 5424 severities: 0 emergency to 7 debug. */
export function levelOfSyslog(severity: number): Level {
  if (severity <= 3) return 'error';
  if (severity === 4) return 'warn';
  return severity === 7 ? 'debug' : 'info';
}

/** OpenTelemetry severity numbers: 1–4 trace, 5–8 debug, 9–12 info, 13–16 warn, 17–24 error. */
export function levelOfOtel(severity: number): Level | undefined {
  if (severity < 1 || severity > 24) return undefined;
  if (severity <= 8) return 'debug';
  if (severity <= 12) return 'info';
  return severity <= 16 ? 'warn' : 'error';
}

/** pino and bunyan: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
export function levelOfPino(number: number): Level {
  if (number < 30) return 'debug';
  if (number < 40) return 'info';
  return number < 50 ? 'warn' : 'error';
}

/** Python's levelno: 10 debug, 20 info, 30 warning, 40 error, 50 critical. */
export function levelOfPython(number: number): Level {
  if (number < 20) return 'debug';
  if (number < 30) return 'info';
  return number < 40 ? 'warn' : 'error';
}

/** HTTP status: 5xx error, 4xx warn, the rest info. */
export function levelOfStatus(status: number): Level {
  if (status >= 500) return 'error';
  return status >= 400 ? 'warn' : 'info';
}
