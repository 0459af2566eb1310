/**
 * Passes a WebSocket on as it is: the upgrade request goes to the upstream, and only when that one
 * accepts are the two connections joined. A refusal is answered with the upstream's own status.
 */
import { type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { limitConnecting, unavailable } from './relay.ts';
import { answerHeaders, type Caller, requestHeaders } from './relayed-headers.ts';

/** An upgrade on its way: what node:http hands out beside the request. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  /** Bytes of the new protocol that came with the request. */
  readonly head: Buffer;
}

export interface Tunnel {
  /** Joins or refuses; throws 503 while the upstream does not answer. */
  open(upgrade: Upgrade, caller: Caller): Promise<void>;
  close(): void;
}

interface Accepted {
  readonly answer: IncomingMessage;
  readonly upstream?: Socket;
  readonly head?: Buffer;
}

export function createTunnel(part: string, url: string): Tunnel {
  const open = new Set<Socket>();
  return {
    open: async (upgrade, caller) => {
      const accepted = await ask(upgrade, url, caller).catch((error: unknown) => {
        throw unavailable(part, error);
      });
      if (!accepted.upstream) return refuse(accepted.answer, upgrade.response);
      join(upgrade, accepted, open);
    },
    close: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

function ask({ request, socket }: Upgrade, url: string, caller: Caller): Promise<Accepted> {
  const { hostname, port } = new URL(url);
  const protocol = { connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' };
  return new Promise((resolve, reject) => {
    const upstream = openRequest({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      method: request.method,
      path: request.url,
      headers: { ...requestHeaders(request, caller), ...protocol },
      setHost: false,
      agent: false,
    });
    limitConnecting(upstream);
    upstream.on('error', reject);
    upstream.on('response', (answer) => resolve({ answer }));
    upstream.on('upgrade', (answer, joined: Socket, head) =>
      resolve({ answer, upstream: joined, head }),
    );
    socket.once('close', () => upstream.destroy());
    upstream.end();
  });
}

function refuse(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, { ...answerHeaders(answer), connection: 'close' });
  answer.pipe(response);
}

function join(upgrade: Upgrade, accepted: Accepted, open: Set<Socket>): void {
  const { response, socket, head } = upgrade;
  const { answer, upstream } = accepted;
  if (!upstream) return;
  response.detachSocket(socket);
  socket.write(switchingHead(answer));
  if (accepted.head?.length) socket.write(accepted.head);
  if (head.length > 0) upstream.write(head);
  for (const [end, other] of [
    [socket, upstream],
    [upstream, socket],
  ] as const) {
    end.setNoDelay(true);
    end.setTimeout(0);
    end.on('error', () => other.destroy());
    end.on('close', () => {
      open.delete(end);
      other.destroySoon();
    });
    open.add(end);
    end.pipe(other);
  }
}

function switchingHead({ rawHeaders }: IncomingMessage): string {
  let head = 'HTTP/1.1 101 Switching Protocols\r\n';
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  }
  return `${head}\r\n`;
}
