/**
 * Passes a request on to the part of mcplog that answers it: the target byte for byte as it came,
 * bodies as streams in both directions, so that events and exports arrive as they are sent.
 */
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import { McplogError } from '@mcplog/protocol';
import { answerHeaders, type Caller, hasBody, requestHeaders } from './relayed-headers.ts';

const CONNECT_MS_MAX = 5_000;

export interface Relay {
  /** Answers `request` with what the upstream says; throws 503 while it does not answer. */
  answer(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void>;
  close(): void;
}

/** A relay to one part that listens at `url` (`http://host:port`). */
export function createRelay(part: string, url: string): Relay {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port } = new URL(url);
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), agent };
  return {
    answer: async (request, response, caller) => {
      const headers = requestHeaders(request, caller);
      const upstream = openRequest({ ...target, ...lineOf(request), headers, setHost: false });
      response.once('close', () => response.writableFinished || upstream.destroy());
      const answer = await send(request, upstream).catch((error: unknown) => {
        throw unavailable(part, error);
      });
      passOn(answer, response);
    },
    close: () => agent.destroy(),
  };
}

/** 503 that names the part, so that a person knows where to look. */
export function unavailable(part: string, error: unknown): McplogError {
  const cause = error instanceof Error ? error.message : String(error);
  return new McplogError('MCPLOG_SERVICE_UNAVAILABLE', `${part} does not answer`, [
    { path: part, problem: cause || 'the connection failed' },
  ]);
}

/** Method and target, byte for byte. */
function lineOf({ method, url: path }: IncomingMessage) {
  return { method, path };
}

/** Sends the request and waits for the head of the answer. */
function send(request: IncomingMessage, upstream: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    limitConnecting(upstream);
    upstream.on('response', resolve).on('error', reject);
    if (hasBody(request)) pipeline(request, upstream, () => undefined);
    else upstream.end();
  });
}

/** A part on a machine that is gone gives no answer at all, not even a refusal. */
export function limitConnecting(upstream: ClientRequest): void {
  upstream.once('socket', (socket) => {
    if (!socket.connecting) return;
    const late = () => upstream.destroy(new Error(`no connection in ${CONNECT_MS_MAX} ms`));
    const timer = setTimeout(late, CONNECT_MS_MAX);
    const stop = () => clearTimeout(timer);
    socket.once('connect', stop).once('close', stop);
  });
}

/** Once the head is sent, a failure can only be shown by cutting the connection. */
function passOn(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, answerHeaders(answer));
  // Events must leave now, not with the first one that fills a packet.
  response.flushHeaders();
  pipeline(answer, response, (error) => {
    if (error) response.destroy();
  });
}
