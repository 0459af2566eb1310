import type { Level } from '@mcplog/log-entry';
import {
  levelOfOtel,
  levelOfPino,
  levelOfPython,
  levelOfSyslog,
  levelOfWord,
} from './level-words.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Longer lines are kept as they are. */
const PARSED_CHARACTERS_MAX = 256 * 1024;
const WORD_KEYS = [
  'level',
  'severity',
  'levelname',
  'lvl',
  'severityText',
  'severity_text',
  'SeverityText',
  'log.level',
  'log_level',
  'loglevel',
  'LogLevel',
  '@level',
  '@l',
];

let lastText = '';
let lastObject: JsonObject | undefined;

/**
 * The JSON object that is the whole line. The last answer is kept, because one entry is asked for
 * its level, its file and its fields in turn.
 */
export function parseJsonLine(text: string): JsonObject | undefined {
  if (text.charCodeAt(0) !== 0x7b || text.length > PARSED_CHARACTERS_MAX) return undefined;
  if (text !== lastText) {
    lastObject = parseObject(text);
    lastText = text;
  }
  return lastObject;
}

function parseObject(text: string): JsonObject | undefined {
  if (text.charCodeAt(text.trimEnd().length - 1) !== 0x7d) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function asJsonObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** Level that a structured line states about itself. */
export function levelOfObject(object: JsonObject): Level | undefined {
  for (const key of WORD_KEYS) {
    const value = object[key];
    const level = typeof value === 'string' ? levelOfWord(value.trim()) : undefined;
    if (level !== undefined) return level;
  }
  return levelOfNumbers(object) ?? levelOfLoguru(object);
}

/** 30 is info for pino and bunyan but a warning for Python, so the other keys decide. */
function levelOfNumbers(object: JsonObject): Level | undefined {
  const { levelno, level } = object;
  if (typeof levelno === 'number') return levelOfPython(levelno);
  const otel = object.severityNumber ?? object.SeverityNumber ?? object.severity_number;
  if (typeof otel === 'number') return levelOfOtel(otel);
  const number = typeof level === 'string' && /^\d{1,2}$/.test(level) ? Number(level) : level;
  if (typeof number !== 'number') return undefined;
  // GELF counts like syslog, 0 to 7.
  if (number >= 0 && number <= 7) return levelOfSyslog(number);
  return isPythonRecord(object) ? levelOfPython(number) : levelOfPino(number);
}

function isPythonRecord(object: JsonObject): boolean {
  if ('hostname' in object || 'v' in object) return false;
  return 'lineno' in object || 'funcName' in object || 'pathname' in object || 'asctime' in object;
}

/** loguru with serialize=True: `{"text":…,"record":{"level":{"name":"INFO","no":20},…}}`. */
function levelOfLoguru(object: JsonObject): Level | undefined {
  const level = asJsonObject(asJsonObject(object.record)?.level)?.name;
  return typeof level === 'string' ? levelOfWord(level) : undefined;
}
