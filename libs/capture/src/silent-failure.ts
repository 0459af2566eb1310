import { extractFields } from './extract-fields.ts';
import { inferLevel } from './infer-level.ts';
import { asObject, asText, type RpcObject } from './rpc-message.ts';
import { isTrace } from './trace-shape.ts';

/** A failure is told in few words; a longer text is an answer, whatever it begins with. */
const WORDS_CHARACTERS_MAX = 2000;
const JSON_CHARACTERS_MAX = 64 * 1024;
const FAILURE_WORDS =
  /^(?:\[?ERROR\]?:? |(?:[\w.]*(?:Error|Exception)|Failed|Failure): |Error (?:executing|calling|fetching|running|reading|writing|while) |MCP error -\d+)/;

/**
 * True for the result of a tool that failed and says so in its text only: neither JSON-RPC nor
 * `isError` tell. Seen in the wild: server-slack answers `{"error":"fetch failed"}`.
 */
export function looksFailed(result: RpcObject): boolean {
  if (result.isError === 'true') return true;
  const structured = asObject(result.structuredContent);
  if (structured !== undefined && isFailure(structured)) return true;
  const { content } = result;
  if (!Array.isArray(content) || content.length !== 1) return false;
  const text = asText(asObject(content[0])?.text)?.trim();
  if (text === undefined) return false;
  if (text.startsWith('{')) return isFailureText(text);
  return text.length <= WORDS_CHARACTERS_MAX && FAILURE_WORDS.test(text);
}

function isFailureText(text: string): boolean {
  if (text.length > JSON_CHARACTERS_MAX || !/"(?:error|errors|ok|success|status)"/.test(text)) {
    return false;
  }
  try {
    const object = asObject(JSON.parse(text));
    return object !== undefined && isFailure(object);
  } catch {
    return false;
  }
}

/** An error, or a word that it did not work and nothing that it brought. */
function isFailure(object: RpcObject): boolean {
  const { error, errors, ok, success, status } = object;
  if (Array.isArray(errors) && errors.length > 0 && object.data === undefined) return true;
  if (typeof error === 'string' ? error !== '' : (asObject(error) ?? error === true)) return true;
  return ok === false || success === false || status === 'error' || status === 'failed';
}

/** A line that says what went wrong: the class of an error and its words, or a panic. */
const NAMED =
  /^(?:Uncaught )?(?:[\w$.:]*(?:Error|Exception|Panic|Interrupt|Exit)(?:Group)?(?: \[\w+\])?(?:: |$)|panic: |fatal error: |thread ')/;
const PYTHON_TRACE = 'Traceback (most recent call last)';

/**
 * The line of a record of stderr that names the exception in it; `undefined` when it holds none, or
 * one that its program does not take for an error (a warning with a stack).
 */
export function exceptionIn(message: string): string | undefined {
  const text = message.startsWith('{') ? extractFields(message, 'stderr').message : message;
  if (!isTrace(text) || inferLevel(message, 'stderr').level !== 'error') return undefined;
  const lines = text.split('\n');
  const named = (line: string) => NAMED.test(line);
  // Python names what happened behind its frames, the others before them.
  const found = text.includes(PYTHON_TRACE) ? lines.findLast(named) : lines.find(named);
  return (found ?? lines[0] ?? '').trim();
}
