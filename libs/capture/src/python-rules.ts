/** What Python, its loggers and its tools print below a line of theirs, without a traceback's shape. */
import { kindOf } from './line-shape.ts';
import type { OpenRecord } from './record-rules.ts';

/** Words under which programs explain the exception above, in its own message or in a note to it. */
const EXPLANATION =
  /^(?:details?|hints?|notes?|reasons?|causes?|suggestions?|tips?|solution|(?:for )?(?:further|more) information)\b[^:]{0,20}: \S|^(?:expected|actual|got|received): \S|^Failed validating '\w+' in schema|^On instance\b.*:$|^expected .+, but (?:got|found) /i;
const ASYNCIO_HEAD = /exception was never retrieved$|Exception in callback |Task was destroyed but/;
/** What Python's logging prints when a record could not be written. */
const LOGGING_ERROR = '--- Logging error ---';
const LOGGING_DETAIL = /^(?:Call stack:$|Message: |Arguments: )/;
const WARNING_HEAD = /^\S{1,500}\.py:\d+: \w*Warning: /;
const USAGE = /^usage: /i;
const LIST_ITEM = /^(?:[-*•] |\d{1,3}[.)] )\S/;
/** A longer line is no field's name. */
const FIELD_CHARACTERS_MAX = 200;

/** Belongs to the exception that stands right above. */
export function explains({ head, last }: OpenRecord, text: string): boolean {
  if (EXPLANATION.test(text)) return true;
  if (head === LOGGING_ERROR && LOGGING_DETAIL.test(text)) return true;
  return LIST_ITEM.test(text) && (last.endsWith(':') || LIST_ITEM.test(last));
}

/** The message of a log line goes on at the left again, below an indented part of it. */
export function explainsBelow({ hasHead, lastShape }: OpenRecord, text: string): boolean {
  return hasHead && lastShape === 'indented' && EXPLANATION.test(text);
}

export function isCallStack({ head, last }: OpenRecord): boolean {
  return head === LOGGING_ERROR && last === 'Call stack:';
}

export function isOfAsyncio({ head, lines, last }: OpenRecord, text: string): boolean {
  if (lines === 1) return isAsyncioDetail(text) && ASYNCIO_HEAD.test(head);
  return isAsyncioDetail(last) && kindOf(text, 'plain') === 'error-head';
}

/** What stands between asyncio's head and the traceback. */
export function isAsyncioDetail(text: string): boolean {
  return text.startsWith('future: <') || text.startsWith('handle: <') || text.startsWith('task: <');
}

/** What programs say of wrong arguments; the lines of an option's help are indented. */
export function isOfUsage({ head, last }: OpenRecord, text: string): boolean {
  if (text.startsWith('usage: ')) return /^unknown option\b/i.test(head);
  if (text.startsWith('Try ')) return USAGE.test(last) && /^Try [`'"]/.test(text);
  return text.includes('rror: ') && USAGE.test(head) && /^(?:\S+: e|E)rror: /.test(text);
}

/** How pip, uv and compilers go on after `error: …`. */
export function isOfReport({ head }: OpenRecord, text: string): boolean {
  return head.startsWith('error: ') && /^(?:× |(?:note|hint|help): )\S/.test(text);
}

/** The line of source that a warning is about comes below its message. */
export function isPythonWarning({ head, lines }: OpenRecord): boolean {
  return lines === 1 && head.includes('Warning: ') && WARNING_HEAD.test(head);
}

/** The name of a field, alone on its line as pydantic writes it. */
export function isField(text: string): boolean {
  return text.length <= FIELD_CHARACTERS_MAX && !text.includes(' ');
}
