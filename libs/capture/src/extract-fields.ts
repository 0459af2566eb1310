import type { EntryType } from '@mcplog/log-entry';
import { type AccessLine, parseAccessLine } from './access-line.ts';
import { asJsonObject, type JsonObject, parseJsonLine } from './structured-line.ts';

/** What a record's text says about itself. */
export interface ExtractedFields {
  /** The text of a structured line (with its error's stack); the message itself otherwise. */
  readonly message: string;
  /**
   * Metadata to append inside a JSON object: empty, or members each led by a comma:
   * `sourceTimestamp`, `http.request.method`, `url.path`, `http.response.status_code`,
   * `durationMs`, and `fields`, an object of the line's own scalars. These are in an object of
   * their own so that no child can overwrite a key of ours. When they do not hold everything the
   * line said, `log.record.original` has the line.
   */
  readonly fields: string;
}

/** Scalars kept of one structured line; `fieldsCut` says when there were more. */
export const FIELDS_MAX = 32;
export const FIELD_KEY_CHARACTERS_MAX = 64;
/** Longer texts are cut and end with an ellipsis. */
export const FIELD_TEXT_CHARACTERS_MAX = 256;

const MESSAGE_KEYS = ['msg', 'message', 'event', 'short_message', '@m', 'Message', 'body', 'Body'];
const TIME_KEYS = ['time', 'timestamp', 'ts', '@timestamp', '@t', 'asctime', 'Timestamp', 'date'];
const STATED_KEYS = new Set([...TIME_KEYS, 'level', 'severity', 'levelname']);
const LEADING_TIME =
  /^\[?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))(?!\S*[^\]\s,:|-])/;

/** Written as we write it, on a day that every month has: nothing to convert. */
const UTC_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Reads a structured or an access line; other text comes back as it is. */
export function extractFields(message: string, type: EntryType): ExtractedFields {
  if (type === 'http' || type === 'system') return { message, fields: '' };
  const access = parseAccessLine(message);
  const http = access === undefined ? '' : accessFields(access);
  const object = parseJsonLine(message);
  if (object === undefined) return { message, fields: leadingTime(message) + http };
  const told = messageOf(object);
  const { fields, isWhole } = scalarFields(object, told);
  // What does not fit into fields is kept as it was printed: nothing a server said is lost.
  const isKept = told === undefined || isWhole;
  const original = isKept ? '' : `,"log.record.original":${JSON.stringify(message)}`;
  return { message: told ?? message, fields: timeField(object) + http + fields + original };
}

/** The time at the head of a text line, as a metadata member led by a comma, or nothing. */
export function leadingTime(message: string): string {
  const first = message.charCodeAt(0);
  if (first !== 0x5b && (first < 0x30 || first > 0x39)) return '';
  if (message.charCodeAt(first === 0x5b ? 5 : 4) !== 0x2d) return '';
  const time = LEADING_TIME.exec(message)?.[1];
  return time === undefined ? '' : `,"sourceTimestamp":${JSON.stringify(isoOf(time))}`;
}

/** The metadata members of an access line, each led by a comma. */
export function accessFields(line: AccessLine): string {
  const duration =
    line.durationMs === undefined ? '' : `,"durationMs":${Math.round(line.durationMs * 1e3) / 1e3}`;
  return (
    `,"http.request.method":"${line.method}","url.path":${JSON.stringify(line.path)}` +
    `,"http.response.status_code":${line.status}${duration}`
  );
}

/** The human part of a structured line; tracing nests it in `fields`, loguru has it as `text`. */
function messageOf(object: JsonObject): string | undefined {
  const nested = asJsonObject(object.fields) ?? {};
  const record = asJsonObject(object.record) ?? {};
  const texts = [...MESSAGE_KEYS.map((key) => object[key]), nested.message, record.message];
  const text = texts.find((value) => typeof value === 'string' && value !== '');
  if (typeof text !== 'string') return undefined;
  const error = asJsonObject(object.err) ?? asJsonObject(object.error) ?? object;
  const stack = error.stack ?? error.stacktrace ?? object.exc_info ?? object.exception;
  if (typeof stack !== 'string' || text.includes(stack)) return text;
  return stack.includes('\n') ? `${text}\n${stack}` : text;
}

function timeField(object: JsonObject): string {
  for (const key of TIME_KEYS) {
    const value = object[key];
    const time = typeof value === 'number' ? isoOfNumber(value) : undefined;
    if (time !== undefined) return `,"sourceTimestamp":"${time}"`;
    if (typeof value === 'string' && /\d/.test(value) && value.length <= 64) {
      return `,"sourceTimestamp":${JSON.stringify(isoOf(value))}`;
    }
  }
  return '';
}

/** A time with a zone in UTC; one without stays as it was written, for it is nobody's to guess. */
function isoOf(text: string): string {
  if (UTC_TIME.test(text)) return text;
  if (!/^\d{4}-\d\d-\d\d[T ].*(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return text;
  const ms = Date.parse(text.replace(' ', 'T'));
  return Number.isFinite(ms) ? new Date(ms).toISOString() : text;
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size. */
function isoOfNumber(value: number): string | undefined {
  if (value < 1e8 || value >= 1e20) return undefined;
  const ms =
    value < 1e11 ? value * 1e3 : value < 1e14 ? value : value < 1e17 ? value / 1e3 : value / 1e6;
  return new Date(ms).toISOString();
}

interface Collected {
  readonly parts: string[];
  /** False as soon as something of the object is not in the parts. */
  isWhole: boolean;
}

function scalarFields(
  object: JsonObject,
  told: string | undefined,
): { fields: string; isWhole: boolean } {
  const collected: Collected = { parts: [], isWhole: true };
  collectScalars(withoutTold(object, told), '', collected);
  const { parts, isWhole } = collected;
  const cut = parts.length >= FIELDS_MAX && !isWhole ? ',"fieldsCut":true' : '';
  return { fields: parts.length === 0 ? '' : `,"fields":{${parts.join(',')}}${cut}`, isWhole };
}

/** The object less the member that became the message. */
function withoutTold(object: JsonObject, told: string | undefined): JsonObject {
  const key = MESSAGE_KEYS.find((each) => {
    const value = object[each];
    return typeof value === 'string' && value !== '' && told?.startsWith(value) === true;
  });
  if (key === undefined) return object;
  const { [key]: _told, ...rest } = object;
  return rest;
}

/** Members of the object and of its objects (`req.id`); deeper ones stay in nobody's way. */
function collectScalars(object: JsonObject, path: string, collected: Collected): void {
  for (const key of Object.keys(object)) {
    if (path === '' && STATED_KEYS.has(key)) continue;
    const value = object[key];
    const nested = path === '' ? asJsonObject(value) : undefined;
    if (nested !== undefined) collectScalars(nested, `${key}.`, collected);
    else if (value !== null) collectScalar(`${path}${key}`, value, collected);
  }
}

function collectScalar(key: string, value: unknown, collected: Collected): void {
  const json = scalarJson(value);
  const isCut = typeof value === 'string' && value.length > FIELD_TEXT_CHARACTERS_MAX;
  if (isCut || key.length > FIELD_KEY_CHARACTERS_MAX) collected.isWhole = false;
  if (json === undefined || collected.parts.length >= FIELDS_MAX) {
    collected.isWhole = false;
    return;
  }
  collected.parts.push(`${JSON.stringify(key.slice(0, FIELD_KEY_CHARACTERS_MAX))}:${json}`);
}

function scalarJson(value: unknown): string | undefined {
  if (typeof value === 'string') {
    const isLong = value.length > FIELD_TEXT_CHARACTERS_MAX;
    return JSON.stringify(isLong ? `${value.slice(0, FIELD_TEXT_CHARACTERS_MAX)}…` : value);
  }
  return typeof value === 'number' || typeof value === 'boolean'
    ? JSON.stringify(value)
    : undefined;
}
