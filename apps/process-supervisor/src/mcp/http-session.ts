import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { McpHub, Peer } from './mcp-hub.ts';
import type { RpcId, RpcMessage } from './rpc.ts';

/** One session of a client over Streamable HTTP (protocol versions up to 2025-11-25). */
export class HttpSession implements Peer {
  capabilities: Readonly<Record<string, unknown>> = {};
  readonly hub: McpHub;
  readonly #transport: StreamableHTTPServerTransport;
  #streams = 0;
  #lastUsedMs = performance.now();

  constructor(hub: McpHub, listeners: SessionListeners) {
    this.hub = hub;
    this.#transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (sessionId) => {
        hub.join(this);
        listeners.onOpen(sessionId, this);
      },
    });
    this.#transport.onmessage = (message) => hub.fromClient(this, message as RpcMessage);
    this.#transport.onclose = () => {
      hub.leave(this);
      if (this.sessionId !== undefined) listeners.onClose(this.sessionId);
    };
  }

  get sessionId(): string | undefined {
    return this.#transport.sessionId;
  }

  get isListening(): boolean {
    return this.#streams > 0;
  }

  /** Nobody waits on it: no stream, no request. */
  get isIdle(): boolean {
    return this.#streams === 0 && !this.hub.hasPending(this);
  }

  get lastUsedMs(): number {
    return this.#lastUsedMs;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#lastUsedMs = performance.now();
    if (request.method === 'GET') {
      this.#streams++;
      response.once('close', () => {
        this.#streams--;
      });
    }
    await this.#transport.handleRequest(request, response);
  }

  deliver(message: RpcMessage, related?: RpcId): void {
    const options = related === undefined ? {} : { relatedRequestId: related };
    // It fails when the client has closed the stream of that request: nobody waits for it any more.
    this.#transport.send(message as JSONRPCMessage, options).catch(() => undefined);
  }

  end(): void {
    this.#transport.close().catch(() => undefined);
  }
}

export interface SessionListeners {
  readonly onOpen: (sessionId: string, session: HttpSession) => void;
  readonly onClose: (sessionId: string) => void;
}
