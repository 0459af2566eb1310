import {
  type Call,
  type CallOutcome,
  type Direction,
  type DisplayId,
  describePayload,
  type PayloadPolicy,
  UNMASKED_CHARACTERS_MAX,
} from './call.ts';
import { CallChains, type ChainLink } from './call-chains.ts';
import {
  type CallParams,
  keyOf,
  readAnswer,
  readLog,
  readParams,
  type ServerLog,
} from './call-reading.ts';
import { type ProtocolHealth, ProtocolWatch } from './protocol-health.ts';
import { asText, asWireId, type RpcMessage, type RpcObject, type WireId } from './rpc-message.ts';

/** Requests of one direction that are remembered; past it the oldest is given up. */
export const IN_FLIGHT_MAX = 10_000;
/** Ended calls whose late answers are known for what they are. */
const GONE_MAX = 1000;
/** Stays open as long as its client likes (2026-07-28), so it is no call that prints. */
const LISTEN_METHOD = 'subscriptions/listen';

/** A message as it passed: how many bytes its line had and when. */
export interface Passage {
  readonly bytes: number;
  readonly steadyMs: number;
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
  readonly chain: ChainLink | undefined;
  readonly display: DisplayId;
  readonly startMs: number;
  readonly requestBytes: number;
  progressCount: number;
}

interface Ending {
  readonly outcome: CallOutcome;
  readonly steadyMs: number;
  readonly responseBytes?: number;
  readonly errorCode?: number | undefined;
  readonly errorMessage?: string | undefined;
  readonly reason?: string | undefined;
  readonly result?: string | undefined;
  readonly chainId?: string;
  readonly chainStep?: number;
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
  /** How calls ended whose answer may still come; the oldest are forgotten. */
  readonly #gone = new Map<string, 'answered' | 'given up'>();
  readonly #chains = new CallChains();
  readonly #watch = new ProtocolWatch();
  #made = 0;
  #unpaired = 0;

  constructor(options: McpTapOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#pending.client.size + this.#pending.server.size;
  }

  /** Answers that belong to no request in flight: late after a cancel, or never asked for. */
  get unpairedAnswers(): number {
    return this.#unpaired;
  }

  health(): ProtocolHealth {
    return this.#watch.report();
  }

  /** A call that had ended as ok is counted as a suspected error instead. */
  suspect(): void {
    this.#watch.corrected('ok', 'suspected_error');
  }

  /** A line that is no JSON-RPC came where only JSON-RPC belongs. */
  sawForeign(sender: Direction): void {
    this.#watch.count(sender === 'client' ? 'foreignInput' : 'pollution');
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
    this.#watch.saw(message, sender, passage.bytes);
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
    if (twin !== undefined) {
      this.#watch.count('reusedIds');
      this.#giveUp(twin, 'id used again', passage.steadyMs);
    }
    this.#gone.delete(key);
    if (calls.size >= IN_FLIGHT_MAX) {
      const oldest = calls.values().next().value as Pending;
      this.#giveUp(oldest, 'too many calls in flight', passage.steadyMs);
    }
    const params = readParams(message, sender, this.#options.payload ?? 'none');
    const shown = sender === 'client' ? this.#options.displayId?.(id) : undefined;
    const asked = { method: message.method, target: targetOf(params) };
    const pending: Pending = {
      callId: this.#options.makeCallId(++this.#made),
      chain: this.#chains.resume(asked, message.params ?? {}),
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
      this.#countUnpaired(id === undefined ? undefined : keyOf(asker, id));
      return;
    }
    const { bytes, steadyMs } = from.passage;
    const answer = readAnswer(message, pending.method);
    const isPaused = answer.outcome === 'input_required';
    const link =
      pending.chain ?? (isPaused ? { chainId: pending.callId, chainStep: 1 } : undefined);
    if (isPaused && link !== undefined) {
      const asked = { method: pending.method, target: targetOf(pending.params) };
      this.#chains.pause(asked, message.result ?? {}, link);
    }
    this.#finish(pending, {
      ...answer,
      ...link,
      steadyMs,
      responseBytes: bytes,
      result: describePayload(message.result, this.#options.payload ?? 'none'),
    });
  }

  /** An answer for nobody: a second one, one after a cancel, or one that nobody asked for. */
  #countUnpaired(key: string | undefined): void {
    this.#unpaired++;
    const gone = key === undefined ? undefined : this.#gone.get(key);
    if (gone === 'answered') this.#watch.count('duplicateAnswers');
    else this.#watch.count(gone === undefined ? 'unknownAnswers' : 'lateAnswers');
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
      else this.#watch.count('lateProgress');
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
    this.#noteGone(pending.key, ending.responseBytes === undefined ? 'given up' : 'answered');
    const { progressKey, ...params } = pending.params;
    if (progressKey !== undefined && this.#progress.get(progressKey) === pending) {
      this.#progress.delete(progressKey);
    }
    const { steadyMs, ...how } = ending;
    const { chain, method } = pending;
    const durationMs = Math.max(0, steadyMs - pending.startMs);
    this.#watch.ended({ outcome: ending.outcome, method, durationMs });
    this.#options.onCall({
      callId: pending.callId,
      direction: pending.direction,
      method,
      ...params,
      protocolVersion: params.protocolVersion ?? this.#watch.negotiatedVersion,
      ...chain,
      requestId: pending.display.id,
      sessionId: pending.display.sessionId,
      durationMs,
      requestBytes: pending.requestBytes,
      progressCount: pending.progressCount,
      ...how,
    });
  }

  #noteGone(key: string, how: 'answered' | 'given up'): void {
    if (this.#gone.size >= GONE_MAX) {
      const [oldest] = this.#gone.keys();
      if (oldest !== undefined) this.#gone.delete(oldest);
    }
    this.#gone.set(key, how);
  }
}

function targetOf({ toolName, promptName, resourceUri }: CallParams): string {
  return toolName ?? promptName ?? resourceUri ?? '';
}
