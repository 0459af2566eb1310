/** The parts of a JSON-RPC 2.0 message that the tap looks at; anything else is not kept. */
export interface RpcMessage {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: RpcObject | undefined;
  readonly result?: RpcObject | undefined;
  readonly error?: RpcObject | undefined;
}

/** An object straight from a stranger's JSON. */
export type RpcObject = Readonly<Record<string, unknown>>;

/** A request id as the wire has it: the string `'1'` is not the number 1. */
export type WireId = string | number;

/** Messages of one batch that are looked at. */
const BATCH_MESSAGES_MAX = 1000;

/**
 * Reads one line of JSON-RPC: one message or a batch.
 * @returns `undefined` when the line is no JSON-RPC 2.0, whatever else it may be.
 */
export function parseRpc(text: string): readonly RpcMessage[] | undefined {
  if (!text.includes('"2.0"')) return undefined;
  try {
    return rpcMessages(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The messages in a parsed value; `undefined` when one of them is no JSON-RPC 2.0. */
export function rpcMessages(value: unknown): readonly RpcMessage[] | undefined {
  const values = Array.isArray(value) ? value.slice(0, BATCH_MESSAGES_MAX) : [value];
  if (values.length === 0) return undefined;
  const messages: RpcMessage[] = [];
  for (const item of values) {
    const message = rpcMessage(item);
    if (message === undefined) return undefined;
    messages.push(message);
  }
  return messages;
}

function rpcMessage(value: unknown): RpcMessage | undefined {
  const object = asObject(value);
  if (object?.jsonrpc !== '2.0') return undefined;
  const { id, method, params, result, error } = object;
  if (method !== undefined && typeof method !== 'string') return undefined;
  if (method === undefined && !('id' in object)) return undefined;
  return {
    id,
    ...(method !== undefined && { method }),
    params: asObject(params),
    // A result may be any value; only an object has something to say here.
    result: 'result' in object ? (asObject(result) ?? {}) : undefined,
    error: asObject(error),
  };
}

export function asObject(value: unknown): RpcObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as RpcObject)
    : undefined;
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function asWireId(value: unknown): WireId | undefined {
  return typeof value === 'string' || Number.isFinite(value) ? (value as WireId) : undefined;
}
