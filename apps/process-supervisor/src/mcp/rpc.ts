/** JSON-RPC 2.0 as the bridge needs it: ids and methods are looked at, the rest passes through. */
export type RpcId = string | number;

export type RpcParams = Record<string, unknown>;

export interface RpcMessage {
  readonly jsonrpc: '2.0';
  readonly id?: RpcId;
  readonly method?: string;
  readonly params?: RpcParams;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

export type RpcRequest = RpcMessage & { readonly id: RpcId; readonly method: string };

/** The server is gone or does not take requests (JSON-RPC leaves -32000 to -32099 to servers). */
export const SERVER_GONE = -32000;

export function isRequest(message: RpcMessage): message is RpcRequest {
  return message.method !== undefined && message.id !== undefined;
}

/** Messages of one line, a batch included; none when the line is no JSON-RPC. */
export function parseMessages(line: string): RpcMessage[] {
  try {
    const value: unknown = JSON.parse(line);
    return (Array.isArray(value) ? value : [value]).filter(isMessage);
  } catch {
    return [];
  }
}

function isMessage(value: unknown): value is RpcMessage {
  return typeof value === 'object' && value !== null && (value as RpcMessage).jsonrpc === '2.0';
}

/** The string '1' and the number 1 are two ids. */
export function idKey(id: unknown): string {
  return `${typeof id}:${String(id)}`;
}

export function errorAnswer(id: RpcId, code: number, message: string): RpcMessage {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

/** `params._meta.progressToken`, when the sender wants to hear of progress. */
export function progressTokenOf(message: RpcMessage): RpcId | undefined {
  const meta = message.params?._meta as { progressToken?: RpcId } | undefined;
  return meta?.progressToken;
}

export function withProgressToken<M extends RpcMessage>(message: M, token: RpcId): M {
  const meta = message.params?._meta as RpcParams | undefined;
  return {
    ...message,
    params: { ...message.params, _meta: { ...meta, progressToken: token } },
  };
}

/** A subscription (2026-07-28) is named by the id of the request that opened it. */
const SUBSCRIPTION_KEY = 'io.modelcontextprotocol/subscriptionId';

export function subscriptionIdOf(holder: RpcParams | undefined): unknown {
  return (holder?._meta as RpcParams | undefined)?.[SUBSCRIPTION_KEY];
}

/** The same params or result; one that names a subscription names it as its client does. */
export function withSubscriptionId<H extends RpcParams>(holder: H, id: RpcId): H {
  if (subscriptionIdOf(holder) === undefined) return holder;
  return { ...holder, _meta: { ...(holder._meta as RpcParams), [SUBSCRIPTION_KEY]: id } };
}
