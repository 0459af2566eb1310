import type { Level } from '@mcplog/log-entry';
import type { RpcObject, WireId } from './rpc-message.ts';

/** Who sent the request. */
export type Direction = 'client' | 'server';

/** How a call ended. */
export type CallOutcome =
  | 'ok'
  /** `result.isError` is true. */
  | 'tool_error'
  /** JSON-RPC error. */
  | 'rpc_error'
  /** A success whose text says that it failed. */
  | 'suspected_error'
  /** Called off by its sender because it took too long. */
  | 'timeout'
  | 'cancelled'
  /** The server asks for input; the client goes on with a new id (2026-07-28). */
  | 'input_required'
  /** No answer will come any more. */
  | 'unanswered';

/** What of arguments and results is kept. */
export type PayloadPolicy = 'none' | 'shape' | 'truncated';

/** The id a caller knows for a request whose id was rewritten on the way. */
export interface DisplayId {
  readonly id: WireId;
  readonly sessionId?: string | undefined;
}

/** One finished request. */
export interface Call {
  readonly callId: string;
  readonly direction: Direction;
  readonly method: string;
  readonly toolName?: string | undefined;
  readonly promptName?: string | undefined;
  /** Without user information, query and fragment. */
  readonly resourceUri?: string | undefined;
  readonly requestId: WireId;
  readonly sessionId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly durationMs: number;
  readonly requestBytes: number;
  /** Absent when there was no answer. */
  readonly responseBytes?: number | undefined;
  readonly progressCount: number;
  readonly outcome: CallOutcome;
  readonly errorCode?: number | undefined;
  readonly errorMessage?: string | undefined;
  /** Why a call was cancelled or stayed unanswered. */
  readonly reason?: string | undefined;
  readonly arguments?: string | undefined;
  readonly result?: string | undefined;
  readonly protocolVersion?: string | undefined;
  /** `callId` of the first call of an exchange that asked for input, and the place in it. */
  readonly chainId?: string | undefined;
  readonly chainStep?: number | undefined;
}

const LEVEL_OF_OUTCOME: Readonly<Record<CallOutcome, Level>> = {
  ok: 'info',
  input_required: 'info',
  suspected_error: 'warn',
  timeout: 'warn',
  cancelled: 'warn',
  tool_error: 'error',
  rpc_error: 'error',
  unanswered: 'error',
};

export function levelOfOutcome(outcome: CallOutcome): Level {
  return LEVEL_OF_OUTCOME[outcome];
}

/** RFC 5424 words of `notifications/message` on our scale; an unknown word is info. */
export function levelOfNotification(word: string): Level {
  switch (word) {
    case 'debug':
      return 'debug';
    case 'warning':
      return 'warn';
    case 'error':
    case 'critical':
    case 'alert':
    case 'emergency':
      return 'error';
    default:
      return 'info';
  }
}

/** The call with every text of a stranger masked, then cut to the length that is shown. */
export function maskCall(call: Call, mask: (text: string) => string): Call {
  const name = (value: string | undefined) => cut(value, NAME_CHARACTERS_MAX, mask);
  const text = (value: string | undefined) => cut(value, TEXT_CHARACTERS_MAX, mask);
  return {
    ...call,
    method: name(call.method) ?? '',
    toolName: name(call.toolName),
    promptName: name(call.promptName),
    resourceUri: text(call.resourceUri),
    requestId: name(`${call.requestId}`) ?? '',
    sessionId: name(call.sessionId),
    traceparent: name(call.traceparent),
    errorMessage: text(call.errorMessage),
    reason: text(call.reason),
    protocolVersion: name(call.protocolVersion),
    arguments: text(call.arguments),
    result: text(call.result),
  };
}

function cut(
  text: string | undefined,
  charactersMax: number,
  mask: (text: string) => string,
): string | undefined {
  return text === undefined ? undefined : mask(text).slice(0, charactersMax);
}

/** Such as `tools/call echo ok 12 ms` or `tools/call fetch rpc_error -32603 fetch failed 8 ms`. */
export function messageOfCall(call: Call): string {
  const target = call.toolName ?? call.promptName ?? call.resourceUri;
  const words = [call.method, target, call.outcome, call.errorCode, call.errorMessage, call.reason];
  const told = words.filter((word) => word !== undefined && word !== '');
  return `${told.join(' ')} ${Math.round(call.durationMs)} ms`;
}

/**
 * Texts of strangers are kept this long until they are masked, and cut to their shown length only
 * then: half a secret at a cut is one that masking cannot know.
 */
export const UNMASKED_CHARACTERS_MAX = 8192;
const NAME_CHARACTERS_MAX = 256;
const TEXT_CHARACTERS_MAX = 512;

const SHAPE_KEYS_MAX = 32;

/** What the policy keeps of arguments or a result. */
export function describePayload(
  value: RpcObject | undefined,
  policy: PayloadPolicy,
): string | undefined {
  if (value === undefined || policy === 'none') return undefined;
  if (policy === 'truncated') return JSON.stringify(value).slice(0, UNMASKED_CHARACTERS_MAX);
  const keys = Object.entries(value).slice(0, SHAPE_KEYS_MAX);
  const shape = keys.map(([key, part]) => `${key}:${shapeOfValue(part)}`).join(',');
  return `{${shape}}`.slice(0, UNMASKED_CHARACTERS_MAX);
}

function shapeOfValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `array(${value.length})`;
  return typeof value === 'string' ? `string(${value.length})` : typeof value;
}

/** A resource's uri without the parts that may hold secrets. */
export function uriWithoutSecrets(uri: string): string {
  const end = uri.search(/[?#]/);
  const path = end < 0 ? uri : uri.slice(0, end);
  return path.replace(/^([A-Za-z][\w+.-]*:\/\/)[^/@]*@/, '$1').slice(0, UNMASKED_CHARACTERS_MAX);
}
