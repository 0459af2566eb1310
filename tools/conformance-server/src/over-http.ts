/** The same server over its own HTTP, with sessions and streams that may be taken up again. */
import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { createServer } from './server.ts';

const RETRY_MS = 500;

/** Listens on loopback at `port`; answers at every path, `/mcp` by custom. */
export function listenOverHttp(port: number): Server {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const http = createHttpServer(async (request, response) => {
    try {
      const body = request.method === 'POST' ? await json(request) : undefined;
      const known = sessions.get(String(request.headers['mcp-session-id'] ?? ''));
      const transport = known ?? (await openSession(port, sessions));
      await transport.handleRequest(request, response, body);
    } catch (error) {
      if (!response.headersSent) response.writeHead(400);
      response.end(String(error));
    }
  });
  return http.listen(port, '127.0.0.1');
}

async function openSession(
  port: number,
  sessions: Map<string, StreamableHTTPServerTransport>,
): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => {
      sessions.set(id, transport);
    },
    eventStore: new EventsInMemory(),
    retryInterval: RETRY_MS,
    enableDnsRebindingProtection: true,
    allowedHosts: [`127.0.0.1:${port}`, `localhost:${port}`],
  });
  await createServer().connect(transport);
  return transport;
}

interface KeptEvent {
  readonly id: string;
  readonly streamId: string;
  readonly message: JSONRPCMessage;
}

/** Every event of a session, so that a stream can go on behind the last one that arrived. */
class EventsInMemory {
  readonly #events: KeptEvent[] = [];

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const id = `${streamId}/${this.#events.length}`;
    this.#events.push({ id, streamId, message });
    return id;
  }

  async replayEventsAfter(
    lastId: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const at = this.#events.findIndex(({ id }) => id === lastId);
    const streamId = this.#events[at]?.streamId ?? '';
    const rest = this.#events.slice(at + 1).filter((event) => event.streamId === streamId);
    // An event without a message only primes the stream.
    for (const { id, message } of rest) if ('jsonrpc' in message) await send(id, message);
    return streamId;
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return this.#events.find(({ id }) => id === eventId)?.streamId;
  }
}
