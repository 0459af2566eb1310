import type { DisplayId } from '@mcplog/capture';
import {
  errorAnswer,
  idKey,
  isRequest,
  parseMessages,
  progressTokenOf,
  type RpcId,
  type RpcMessage,
  type RpcRequest,
  SERVER_GONE,
  subscriptionIdOf,
  withProgressToken,
  withSubscriptionId,
} from './rpc.ts';

/** One client of the server: a session over HTTP, or a single stateless request. */
export interface Peer {
  /** Shown in the log; unknown before the session is made. */
  readonly sessionId: string | undefined;
  /** Capabilities of its `initialize`; empty before. */
  capabilities: Readonly<Record<string, unknown>>;
  /** True while it listens to messages that belong to no request. */
  readonly isListening: boolean;
  /** Hands it a message, on the stream of a request of its own when one is named. */
  deliver(message: RpcMessage, related?: RpcId): void;
  /** The server is gone. */
  end(): void;
}

interface Pending {
  readonly peer: Peer;
  readonly id: RpcId;
  readonly method: string;
  readonly progressToken: RpcId | undefined;
}

const CAPABILITY_OF: Readonly<Record<string, string>> = {
  sampling: 'sampling',
  elicitation: 'elicitation',
  roots: 'roots',
};

/**
 * Lets many clients talk to one stdio server. Each request gets an id (and progress token) of its
 * own on the server's stdin and its original one back; what the server says of its own accord goes
 * to the client it concerns, or to all that listen.
 */
export class McpHub {
  /** Writes one line to the server; false when it cannot take it. */
  readonly #send: (line: string) => boolean;
  /** Newest last. */
  readonly #peers = new Set<Peer>();
  /** Requests of clients by wire id, newest last. */
  readonly #pending = new Map<number, Pending>();
  /** Requests of the server by their id. */
  readonly #asked = new Map<string, { readonly peer: Peer; readonly id: RpcId }>();
  #lastWireId = 0;
  #initializeResult: Record<string, unknown> | undefined;
  #closedBecause: string | undefined;

  constructor(send: (line: string) => boolean) {
    this.#send = send;
  }

  get isClosed(): boolean {
    return this.#closedBecause !== undefined;
  }

  join(peer: Peer): void {
    this.#peers.add(peer);
  }

  /** The client is gone: its requests are called off, and nobody answers the server for it. */
  leave(peer: Peer): void {
    if (!this.#peers.delete(peer)) return;
    for (const [wireId, pending] of [...this.#pending]) {
      if (pending.peer !== peer) continue;
      this.#pending.delete(wireId);
      const params = { requestId: wireId, reason: 'the client is gone' };
      this.#write({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
    }
    for (const [key, { peer: asked, id }] of [...this.#asked]) {
      if (asked !== peer) continue;
      this.#asked.delete(key);
      this.#write(errorAnswer(id, SERVER_GONE, 'the client is gone'));
    }
  }

  hasPending(peer: Peer): boolean {
    return [...this.#pending.values()].some((pending) => pending.peer === peer);
  }

  /** What the client calls the request that has this id on the wire. */
  displayId(wireId: RpcId): DisplayId | undefined {
    const pending = this.#pending.get(wireId as number);
    return pending && { id: pending.id, sessionId: pending.peer.sessionId };
  }

  /** A client says something. */
  fromClient(peer: Peer, message: RpcMessage): void {
    if (isRequest(message)) this.#request(peer, message);
    else if (message.method === 'notifications/cancelled') this.#cancel(peer, message);
    else if (message.method !== undefined) this.#write(message);
    else this.#answerServer(peer, message);
  }

  /** The server printed a line. */
  receive(line: string): void {
    for (const message of parseMessages(line)) {
      if (isRequest(message)) this.#askClient(message);
      else if (message.method === undefined) this.#answerClient(message);
      else this.#notify(message);
    }
  }

  /** The server is gone: whoever waits is told so, and every client has to start again. */
  close(reason: string): void {
    this.#closedBecause = reason;
    for (const { peer, id } of this.#pending.values()) {
      peer.deliver(errorAnswer(id, SERVER_GONE, reason), id);
    }
    this.#pending.clear();
    this.#asked.clear();
    for (const peer of this.#peers) peer.end();
    this.#peers.clear();
  }

  #request(peer: Peer, message: RpcRequest): void {
    const { id, method } = message;
    const wireId = ++this.#lastWireId;
    const progressToken = progressTokenOf(message);
    this.#pending.set(wireId, { peer, id, method, progressToken });
    if (method === 'initialize') {
      peer.capabilities = (message.params?.capabilities ?? {}) as Record<string, unknown>;
    }
    const renamed = { ...message, id: wireId };
    const sent = progressToken === undefined ? renamed : withProgressToken(renamed, wireId);
    if (this.#write(sent)) return;
    this.#pending.delete(wireId);
    const words = this.#closedBecause ?? 'the server takes no requests now';
    peer.deliver(errorAnswer(id, SERVER_GONE, words), id);
  }

  #cancel(peer: Peer, message: RpcMessage): void {
    const key = idKey(message.params?.requestId);
    for (const [wireId, pending] of this.#pending) {
      if (pending.peer !== peer || idKey(pending.id) !== key) continue;
      this.#write({ ...message, params: { ...message.params, requestId: wireId } });
      this.#pending.delete(wireId);
      return;
    }
  }

  /** Only the client that was asked may answer. */
  #answerServer(peer: Peer, message: RpcMessage): void {
    const key = idKey(message.id);
    if (this.#asked.get(key)?.peer !== peer) return;
    this.#asked.delete(key);
    this.#write(message);
  }

  #answerClient(message: RpcMessage): void {
    const pending = this.#pending.get(message.id as number);
    if (pending === undefined) return;
    this.#pending.delete(message.id as number);
    const { peer, id, method } = pending;
    const answer = this.#answerTo(method, message);
    const { result } = answer;
    const named = result === undefined ? {} : { result: withSubscriptionId(result, id) };
    peer.deliver({ ...answer, ...named, id }, id);
  }

  /** Some servers take `initialize` once only: later clients get the answer the first one got. */
  #answerTo(method: string, message: RpcMessage): RpcMessage {
    if (method !== 'initialize') return message;
    if (message.error !== undefined && this.#initializeResult !== undefined) {
      return { jsonrpc: '2.0', result: this.#initializeResult };
    }
    if (message.result !== undefined) this.#initializeResult ??= message.result;
    return message;
  }

  #askClient(message: RpcRequest): void {
    const { id, method } = message;
    if (method === 'ping') {
      this.#write({ jsonrpc: '2.0', id, result: {} });
      return;
    }
    const target = this.#clientFor(method);
    if (target === undefined) {
      this.#write(errorAnswer(id, -32601, `no connected client answers ${method}`));
      return;
    }
    this.#asked.set(idKey(id), { peer: target.peer, id });
    target.peer.deliver(message, target.related);
  }

  /** The client whose request is being worked on; else the newest that listens. */
  #clientFor(method: string): { peer: Peer; related?: RpcId } | undefined {
    const needed = CAPABILITY_OF[method.split('/', 1)[0] ?? ''];
    const can = (peer: Peer) => needed === undefined || peer.capabilities[needed] !== undefined;
    const busy = this.#working().findLast(({ peer }) => can(peer));
    if (busy !== undefined) return { peer: busy.peer, related: busy.id };
    const peer = [...this.#peers].findLast((each) => each.isListening && can(each));
    return peer && { peer };
  }

  #working(): Pending[] {
    return [...this.#pending.values()].filter(({ method }) => method !== 'initialize');
  }

  #notify(message: RpcMessage): void {
    const subscription = this.#pending.get(subscriptionIdOf(message.params) as number);
    if (subscription !== undefined) {
      const { peer, id } = subscription;
      peer.deliver({ ...message, params: withSubscriptionId(message.params ?? {}, id) }, id);
      return;
    }
    switch (message.method) {
      case 'notifications/progress':
        this.#tellProgress(message);
        break;
      case 'notifications/cancelled':
        this.#tellCancelled(message);
        break;
      case 'notifications/message':
        this.#tellLog(message);
        break;
      default:
        this.#tellAll(message);
    }
  }

  #tellProgress(message: RpcMessage): void {
    const pending = this.#pending.get(message.params?.progressToken as number);
    if (pending?.progressToken === undefined) return;
    const params = { ...message.params, progressToken: pending.progressToken };
    pending.peer.deliver({ ...message, params }, pending.id);
  }

  #tellCancelled(message: RpcMessage): void {
    const key = idKey(message.params?.requestId);
    this.#asked.get(key)?.peer.deliver(message);
    this.#asked.delete(key);
  }

  /** A log message names no request; with one client at work it is about that one's. */
  #tellLog(message: RpcMessage): void {
    const working = this.#working();
    const last = working.at(-1);
    if (last !== undefined && working.every(({ peer }) => peer === last.peer)) {
      last.peer.deliver(message, last.id);
    } else {
      this.#tellAll(message);
    }
  }

  #tellAll(message: RpcMessage): void {
    for (const peer of this.#peers) if (peer.isListening) peer.deliver(message);
  }

  #write(message: RpcMessage): boolean {
    return this.#closedBecause === undefined && this.#send(JSON.stringify(message));
  }
}
