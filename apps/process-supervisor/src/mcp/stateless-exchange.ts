/**
 * One request of protocol version 2026-07-28 or later over Streamable HTTP: no session, no
 * `initialize`; the request says everything in its `_meta` and headers
 * (modelcontextprotocol.io, specification 2026-07-28, basic/transports).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { McpHub, Peer } from './mcp-hub.ts';
import { isRequest, type RpcId, type RpcMessage, type RpcRequest } from './rpc.ts';

const FIRST_VERSION = '2026-07-28';
const VERSION = /^\d{4}-\d{2}-\d{2}$/;
const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
const BODY_BYTES_MAX = 4 * 1024 * 1024;

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const HEADER_MISMATCH = -32020;

/** True for a request of the era without sessions. */
export function isStateless({ method, headers }: IncomingMessage): boolean {
  const version = String(headers['mcp-protocol-version'] ?? '');
  const isModern = VERSION.test(version) && version >= FIRST_VERSION;
  return method === 'POST' && headers['mcp-session-id'] === undefined && isModern;
}

/** Answers one such request from the server behind the hub. */
export async function exchange(
  hub: McpHub,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined)
    return refuse(response, 413, { code: INVALID_REQUEST, words: 'too large' });
  const message = parseBody(body);
  if (message === undefined) {
    return refuse(response, 400, { code: PARSE_ERROR, words: 'the body is no JSON-RPC request' });
  }
  const mismatch = mismatchOf(message, request);
  if (mismatch !== undefined) {
    return refuse(response, 400, { code: HEADER_MISMATCH, words: mismatch, id: message.id });
  }
  const peer = new StatelessPeer(response);
  hub.join(peer);
  response.once('close', () => hub.leave(peer));
  hub.fromClient(peer, message);
  if (!isRequest(message)) response.writeHead(202).end();
}

/** Answers as JSON when the result comes first, else as a stream that ends with the result. */
class StatelessPeer implements Peer {
  readonly sessionId = undefined;
  /** Servers of this era ask nothing: they answer that input is required. */
  readonly capabilities = {};
  /** It hears only what belongs to its request, a subscription included. */
  readonly isListening = false;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  deliver(message: RpcMessage): void {
    const response = this.#response;
    if (response.writableEnded) return;
    const isAnswer = message.method === undefined;
    if (isAnswer && !response.headersSent) {
      answerJson(response, message.error?.code === METHOD_NOT_FOUND ? 404 : 200, message);
      return;
    }
    if (!response.headersSent) {
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
      response.writeHead(200, headers);
    }
    response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
    if (isAnswer) response.end();
  }

  end(): void {
    this.#response.end();
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** One request or notification; this era has no batches and clients answer nothing. */
function parseBody(body: string): (RpcMessage & { method: string }) | undefined {
  try {
    const value = JSON.parse(body) as RpcRequest | undefined;
    const isCall = value?.jsonrpc === '2.0' && typeof value.method === 'string';
    return isCall ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The headers repeat what the body says, so that a proxy may trust them: both must agree. */
function mismatchOf(
  { method, params, id }: RpcMessage & { method: string },
  { headers }: IncomingMessage,
): string | undefined {
  if (id === undefined) return undefined;
  const meta = params?._meta as Record<string, unknown> | undefined;
  if (meta?.[VERSION_KEY] !== headers['mcp-protocol-version']) {
    return `_meta["${VERSION_KEY}"] and the header MCP-Protocol-Version must be the same`;
  }
  if (headers['mcp-method'] !== undefined && headers['mcp-method'] !== method) {
    return 'the header Mcp-Method is not the method of the body';
  }
  return undefined;
}

function refuse(
  response: ServerResponse,
  status: number,
  { code, words, id }: { code: number; words: string; id?: RpcId | undefined },
): void {
  const error = { code, message: words };
  answerJson(response, status, { jsonrpc: '2.0', error, id: id ?? null });
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
