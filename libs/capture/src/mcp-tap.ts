import {
  type Call,
  type CallOutcome,
  type Direction,
  type DisplayId,
  describePayload,
  type PayloadPolicy,
  UNMASKED_CHARACTERS_MAX,
  uriWithoutSecrets,
} from './call.ts';
import {
  asObject,
  asText,
  asWireId,
  type RpcMessage,
  type RpcObject,
  type WireId,
} from './rpc-message.ts';

/** Requests of one direction that are remembered; past it the oldest is given up. */
export const IN_FLIGHT_MAX = 10_000;
/** Stays open as long as its client likes (2026-07-28), so it is no call that prints. */
const LISTEN_METHOD = 'subscriptions/listen';

/** A message as it passed: how many bytes its line had and when. */
export interface Passage {
  readonly bytes: number;
  readonly steadyMs: number;
}

/** `notifications/message` of a server. */
export interface ServerLog {
  readonly level: string;
  readonly logger?: string | undefined;
  readonly text: string;
}

export interface McpTapOptions {
  readonly onCall: (call: Call) => void;
  readonly onLog: (log: ServerLog) => void;
  /** Makes the `callId` of the n-th call. */
  readonly makeCallId: (n: number) => string;
  readonly payload?: PayloadPolicy;
  /** The original id and session of a client's request; asked once, when the request passes. */
  readonly displayId?: ((wireId: WireId) => DisplayId | undefined) | undefined;
}

interface Pending {
  readonly callId: string;
  readonly direction: Direction;
  readonly key: string;
  readonly method: string;
  readonly params: CallParams;
  readonly display: DisplayId;
  readonly startMs: number;
  readonly requestBytes: number;
  progressCount: number;
}

interface CallParams {
  readonly toolName: string | undefined;
  readonly promptName: string | undefined;
  readonly resourceUri: string | undefined;
  readonly traceparent: string | undefined;
  readonly progressKey: string | undefined;
  readonly arguments: string | undefined;
}

interface Ending {
  readonly outcome: CallOutcome;
  readonly steadyMs: number;
  readonly responseBytes?: number;
  readonly errorCode?: number | undefined;
  readonly errorMessage?: string | undefined;
  readonly reason?: string | undefined;
  readonly result?: string | undefined;
}

/** Pairs requests with their answers, in both directions, and tells about each finished call. */
export class McpTap {
  readonly #options: McpTapOptions;
  /** By sender and typed id; in order of sending, so the first is the oldest. */
  readonly #pending = {
    client: new Map<string, Pending>(),
    server: new Map<string, Pending>(),
  };
  readonly #progress = new Map<string, Pending>();
  #made = 0;
  #late = 0;

  constructor(options: McpTapOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#pending.client.size + this.#pending.server.size;
  }

  /** Answers that belong to no request in flight: late after a cancel, or never asked for. */
  get unpairedAnswers(): number {
    return this.#late;
  }

  /** The `callId` of the only client's call in flight, `'ambiguous'` for several. */
  callInFlight(): string | undefined {
    let found: string | undefined;
    for (const { method, callId } of this.#pending.client.values()) {
      if (method === LISTEN_METHOD) continue;
      if (found !== undefined) return 'ambiguous';
      found = callId;
    }
    return found;
  }

  /** A message of `sender` passed. */
  pass(message: RpcMessage, sender: Direction, passage: Passage): void {
    const { method } = message;
    const id = asWireId(message.id);
    if (method === undefined) this.#answer(message, id, { sender, passage });
    else if (id !== undefined) this.#request({ ...message, method }, id, { sender, passage });
    else this.#notification(method, message.params ?? {}, { sender, passage });
  }

  /** No answer will come any more: every call in flight ends as unanswered. */
  end(reason: string, steadyMs: number): void {
    const { client, server } = this.#pending;
    for (const pending of [...client.values(), ...server.values()]) {
      this.#finish(pending, { outcome: 'unanswered', steadyMs, reason });
    }
  }

  #request(
    message: RpcMessage & { method: string },
    id: WireId,
    from: { sender: Direction; passage: Passage },
  ): void {
    const { sender, passage } = from;
    const key = keyOf(sender, id);
    const calls = this.#pending[sender];
    const twin = calls.get(key);
    if (twin !== undefined) this.#giveUp(twin, 'id used again', passage.steadyMs);
    if (calls.size >= IN_FLIGHT_MAX) {
      const oldest = calls.values().next().value as Pending;
      this.#giveUp(oldest, 'too many calls in flight', passage.steadyMs);
    }
    const params = readParams(message, sender, this.#options.payload ?? 'none');
    const shown = sender === 'client' ? this.#options.displayId?.(id) : undefined;
    const pending: Pending = {
      callId: this.#options.makeCallId(++this.#made),
      direction: sender,
      key,
      method: message.method.slice(0, UNMASKED_CHARACTERS_MAX),
      params,
      display: shown ?? { id },
      startMs: passage.steadyMs,
      requestBytes: passage.bytes,
      progressCount: 0,
    };
    calls.set(key, pending);
    if (params.progressKey !== undefined) this.#progress.set(params.progressKey, pending);
  }

  #giveUp(pending: Pending, reason: string, steadyMs: number): void {
    this.#finish(pending, { outcome: 'unanswered', steadyMs, reason });
  }

  #answer(
    message: RpcMessage,
    id: WireId | undefined,
    from: { sender: Direction; passage: Passage },
  ): void {
    const asker = from.sender === 'client' ? 'server' : 'client';
    const pending = id === undefined ? undefined : this.#pending[asker].get(keyOf(asker, id));
    if (pending === undefined) {
      this.#late++;
      return;
    }
    const { bytes, steadyMs } = from.passage;
    this.#finish(pending, {
      ...readAnswer(message, pending.method),
      steadyMs,
      responseBytes: bytes,
      result: describePayload(message.result, this.#options.payload ?? 'none'),
    });
  }

  #notification(
    method: string,
    params: RpcObject,
    from: { sender: Direction; passage: Passage },
  ): void {
    const { sender, passage } = from;
    if (method === 'notifications/cancelled') this.#cancel(params, sender, passage.steadyMs);
    else if (method === 'notifications/progress') {
      const asker = sender === 'client' ? 'server' : 'client';
      const pending = this.#progress.get(keyOf(asker, asWireId(params.progressToken) ?? ''));
      if (pending !== undefined) pending.progressCount++;
    } else if (method === 'notifications/message' && sender === 'server') {
      this.#options.onLog(readLog(params));
    }
  }

  #cancel(params: RpcObject, sender: Direction, steadyMs: number): void {
    const id = asWireId(params.requestId);
    const pending = id === undefined ? undefined : this.#pending[sender].get(keyOf(sender, id));
    if (pending === undefined) return;
    const reason = asText(params.reason)?.slice(0, UNMASKED_CHARACTERS_MAX);
    // The SDKs cancel what timed out and say so in the reason only (-32001 Request timed out).
    const outcome =
      reason !== undefined && /tim(?:ed|e)[ -]?out/i.test(reason) ? 'timeout' : 'cancelled';
    this.#finish(pending, { outcome, steadyMs, reason });
  }

  #finish(pending: Pending, ending: Ending): void {
    this.#pending[pending.direction].delete(pending.key);
    const { progressKey, ...params } = pending.params;
    if (progressKey !== undefined && this.#progress.get(progressKey) === pending) {
      this.#progress.delete(progressKey);
    }
    const { steadyMs, ...how } = ending;
    this.#options.onCall({
      callId: pending.callId,
      direction: pending.direction,
      method: pending.method,
      ...params,
      requestId: pending.display.id,
      sessionId: pending.display.sessionId,
      durationMs: Math.max(0, steadyMs - pending.startMs),
      requestBytes: pending.requestBytes,
      progressCount: pending.progressCount,
      ...how,
    });
  }
}

function keyOf(sender: Direction, id: WireId): string {
  return `${sender}:${typeof id === 'string' ? 's' : 'n'}:${id}`;
}

function readParams(
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
    arguments: describePayload(asObject(params.arguments), payload),
  };
}

function readAnswer(message: RpcMessage, method: string): Omit<Ending, 'steadyMs'> {
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

/** Some servers answer a failure as a success whose text is `{"error": …}` (server-slack does). */
function looksFailed(result: RpcObject): boolean {
  const { content } = result;
  if (!Array.isArray(content) || content.length !== 1) return false;
  const text = asText(asObject(content[0])?.text);
  return text !== undefined && /^\s*\{\s*"error"\s*:\s*(?!null|false|""|\[\])/.test(text);
}

function readLog(params: RpcObject): ServerLog {
  const { data } = params;
  return {
    level: asText(params.level)?.slice(0, UNMASKED_CHARACTERS_MAX) ?? 'info',
    logger: asText(params.logger)?.slice(0, UNMASKED_CHARACTERS_MAX),
    text: typeof data === 'string' ? data : (JSON.stringify(data) ?? ''),
  };
}
