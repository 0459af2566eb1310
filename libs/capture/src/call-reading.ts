import {
  type CallOutcome,
  type Direction,
  describePayload,
  type PayloadPolicy,
  UNMASKED_CHARACTERS_MAX,
  uriWithoutSecrets,
} from './call.ts';
import { versionOfRequest } from './protocol-health.ts';
import {
  asObject,
  asText,
  asWireId,
  type RpcMessage,
  type RpcObject,
  type WireId,
} from './rpc-message.ts';
import { looksFailed } from './silent-failure.ts';

/** `notifications/message` of a server. */
export interface ServerLog {
  readonly level: string;
  readonly logger?: string | undefined;
  readonly text: string;
}

export interface CallParams {
  readonly toolName: string | undefined;
  readonly promptName: string | undefined;
  readonly resourceUri: string | undefined;
  readonly traceparent: string | undefined;
  readonly progressKey: string | undefined;
  readonly protocolVersion: string | undefined;
  readonly arguments: string | undefined;
}

export interface Answer {
  readonly outcome: CallOutcome;
  readonly errorCode?: number | undefined;
  readonly errorMessage?: string | undefined;
}

/** A request's or a token's key; each sender has its own ids, and `'1'` is not 1. */
export function keyOf(sender: Direction, id: WireId): string {
  return `${sender}:${typeof id === 'string' ? 's' : 'n'}:${id}`;
}

/** What the tap keeps of a request. */
export function readParams(
  message: RpcMessage & { method: string },
  sender: Direction,
  payload: PayloadPolicy,
): CallParams {
  const params = message.params ?? {};
  const meta = asObject(params._meta) ?? {};
  const name = asText(params.name)?.slice(0, UNMASKED_CHARACTERS_MAX);
  const uri = asText(params.uri);
  const token = asWireId(meta.progressToken);
  return {
    toolName: message.method === 'tools/call' ? name : undefined,
    promptName: message.method === 'prompts/get' ? name : undefined,
    resourceUri:
      uri !== undefined && message.method.startsWith('resources/')
        ? uriWithoutSecrets(uri)
        : undefined,
    traceparent: asText(meta.traceparent)?.slice(0, UNMASKED_CHARACTERS_MAX),
    progressKey: token === undefined ? undefined : keyOf(sender, token),
    protocolVersion: versionOfRequest(params),
    arguments: describePayload(asObject(params.arguments), payload),
  };
}

/** How an answer ends its call. */
export function readAnswer(message: RpcMessage, method: string): Answer {
  const { error, result } = message;
  if (error !== undefined || result === undefined) {
    const code = error?.code;
    return {
      outcome: 'rpc_error',
      errorCode: typeof code === 'number' ? code : undefined,
      errorMessage: asText(error?.message)?.slice(0, UNMASKED_CHARACTERS_MAX),
    };
  }
  if (result.isError === true) return { outcome: 'tool_error' };
  if (result.resultType === 'input_required') return { outcome: 'input_required' };
  const isSuspect = method === 'tools/call' && looksFailed(result);
  return { outcome: isSuspect ? 'suspected_error' : 'ok' };
}

export function readLog(params: RpcObject): ServerLog {
  const { data } = params;
  return {
    level: asText(params.level)?.slice(0, UNMASKED_CHARACTERS_MAX) ?? 'info',
    logger: asText(params.logger)?.slice(0, UNMASKED_CHARACTERS_MAX),
    text: typeof data === 'string' ? data : (JSON.stringify(data) ?? ''),
  };
}
