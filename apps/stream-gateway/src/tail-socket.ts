import type { RequestSubject } from '@mcplog/http-door';
import { parseLogFilter } from '@mcplog/log-query';
import {
  CLOSE_TOO_SLOW,
  CLOSE_UNAUTHORISED,
  type LiveMessage,
  SubscribeMessage,
} from '@mcplog/protocol';
import { Compile } from 'typebox/compile';
import type { WebSocket } from 'ws';
import type { LivePlan } from './live-source.ts';
import { LiveTail } from './live-tail.ts';
import type { OpenTails } from './open-tails.ts';
import type { TailHub } from './tail-hub.ts';

/** Bytes that may wait in a socket before its reader is made to wait. */
const BUFFERED_MAX = 1_000_000;
/** A reader that takes nothing for this long is disconnected. */
const STUCK_MS = 60_000;
const HEARTBEAT_MS = 15_000;
/** How long the optional first message is waited for. */
const SUBSCRIBE_WAIT_MS = 300;

const subscribeMessage = Compile(SubscribeMessage);

export interface TailSocketOptions {
  readonly plan: LivePlan;
  readonly hub: TailHub;
  readonly open: OpenTails;
  readonly subject: RequestSubject;
}

/** Serves one WebSocket: waits for what the reader wants, then tails until either side ends it. */
export function serveTail(socket: WebSocket, options: TailSocketOptions): void {
  const { userId, sessionKey } = options.subject;
  let tail: LiveTail | undefined;
  const begin = (message: SubscribeMessage) => {
    clearTimeout(waiting);
    tail?.stop();
    tail = openTail(socket, options, message);
  };
  const waiting = setTimeout(() => begin({ type: 'subscribe' }), SUBSCRIBE_WAIT_MS);
  const stopHeartbeat = keepAlive(socket);
  const release = options.open.add(userId, sessionKey, () => {
    socket.close(CLOSE_UNAUTHORISED, 'the session has ended');
  });
  socket.on('message', (data) => {
    const message = readSubscribe(String(data));
    if (message === undefined) sendError(socket, 'MCPLOG_BAD_REQUEST', 'not a subscribe message');
    else begin(message);
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    clearTimeout(waiting);
    stopHeartbeat();
    tail?.stop();
    release();
  });
}

function openTail(
  socket: WebSocket,
  { plan, hub }: TailSocketOptions,
  message: SubscribeMessage,
): LiveTail | undefined {
  const parsed = parseLogFilter(message.filters ?? {});
  if (!parsed.ok) {
    const text = parsed.problems.map(({ path, problem }) => `${path}: ${problem}`).join('; ');
    sendError(socket, 'MCPLOG_BAD_REQUEST', text);
    return undefined;
  }
  const positions = message.resume === undefined ? undefined : plan.decodePositions(message.resume);
  if (message.resume !== undefined && positions === undefined) {
    sendError(socket, 'MCPLOG_BAD_CURSOR', 'resume is no cursor of this service');
    return undefined;
  }
  const sink = {
    get hasRoom() {
      return socket.bufferedAmount < BUFFERED_MAX;
    },
    send: (text: string) => {
      if (socket.readyState === socket.OPEN) socket.send(text);
    },
  };
  const { filter } = parsed;
  const tail = new LiveTail({ plan, hub, sink, filter, positions, batch: message.batch ?? false });
  tail.start().catch((error: unknown) => {
    sendError(socket, 'MCPLOG_INTERNAL', error instanceof Error ? error.message : String(error));
    socket.close(1011, 'the logs could not be read');
  });
  return tail;
}

/** Heartbeats both ways; ends a reader that no longer takes or answers anything. */
function keepAlive(socket: WebSocket): () => void {
  let heardAtMs = performance.now();
  socket.on('pong', () => {
    heardAtMs = performance.now();
  });
  const timer = setInterval(() => {
    if (performance.now() - heardAtMs > STUCK_MS) {
      socket.close(CLOSE_TOO_SLOW, 'nothing was taken for a minute');
      setTimeout(() => socket.terminate(), 1_000).unref();
      return;
    }
    socket.ping();
    send(socket, { type: 'heartbeat', time: new Date().toISOString() });
  }, HEARTBEAT_MS);
  return () => clearInterval(timer);
}

function readSubscribe(text: string): SubscribeMessage | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return subscribeMessage.Check(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function sendError(socket: WebSocket, code: string, message: string): void {
  send(socket, { type: 'error', error: { code, message } });
}

function send(socket: WebSocket, message: LiveMessage): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}
