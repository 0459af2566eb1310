/** The one origin: the page, and every part of mcplog behind its paths. */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createHttpDoor, type HttpDoor } from '@mcplog/http-door';
import type { Logger, Metrics } from '@mcplog/service-host';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addPage } from './page.ts';
import { createRelay, type Relay } from './relay.ts';
import { createTunnel, type Tunnel, type Upgrade } from './tunnel.ts';
import { FORWARDED, PARTS, type Part, type Upstreams } from './upstreams.ts';

export interface OriginOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly host: string;
  readonly port: number;
  readonly publicPort: number;
  readonly allowedHosts: readonly string[];
  /** CIDRs of proxies in front of us whose word on the caller is believed. */
  readonly trustProxy?: readonly string[];
  readonly upstreams: Upstreams;
  /** Folder of the built page. */
  readonly dist?: string;
}

interface Way {
  readonly relay: Relay;
  readonly tunnel: Tunnel;
}

/** Opens the origin; `listen` of the answer starts it. Sessions are checked by the parts. */
export async function createOrigin(options: OriginOptions): Promise<HttpDoor> {
  const { upstreams, dist } = options;
  const door = await createHttpDoor({
    ...options,
    app: 'dashboard',
    sessions: { find: () => undefined },
  });
  const upgrades = takeUpgrades(door);
  const ways = Object.fromEntries(
    PARTS.map((part) => [part, createWay(part, upstreams[part])]),
  ) as Record<Part, Way>;
  door.app.addHook('preClose', async () => {
    for (const { relay, tunnel } of Object.values(ways)) {
      tunnel.close();
      relay.close();
    }
  });
  await door.app.register((scope, _, done) => {
    openToAll(scope);
    addPage(scope, dist);
    done();
  });
  await door.app.register((scope, _, done) => {
    openToAll(scope);
    passBodiesOn(scope);
    for (const { url, part, method } of FORWARDED) {
      const handler = (request: FastifyRequest, reply: FastifyReply) =>
        forward({ request, reply, way: ways[part], upgrade: upgrades.get(request.raw) });
      if (method) scope.route({ method, url, handler });
      else scope.all(url, handler);
    }
    done();
  });
  return door;
}

function createWay(part: Part, url: string): Way {
  return { relay: createRelay(part, url), tunnel: createTunnel(part, url) };
}

/** The parts behind decide who may do what, and count and report each request. */
function openToAll(scope: HttpDoor['app']): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, public: true, anyQuery: true, quiet: true };
  });
}

/** Bodies are streams that nobody here reads; how much is too much is said by each part. */
function passBodiesOn(scope: HttpDoor['app']): void {
  scope.removeAllContentTypeParsers();
  const bodyLimit = Number.MAX_SAFE_INTEGER;
  scope.addContentTypeParser('*', { bodyLimit }, (_request, _payload, done) => done(null));
}

interface Forwarding {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly way: Way;
  readonly upgrade: Upgrade | undefined;
}

/** A failure before the answer's head is thrown, and the door answers it. */
async function forward({ request, reply, way, upgrade }: Forwarding): Promise<void> {
  const caller = { address: request.ip, protocol: request.protocol, requestId: request.id };
  if (upgrade) await way.tunnel.open(upgrade, caller);
  else await way.relay.answer(request.raw, reply.raw, caller);
  reply.hijack();
}

/**
 * Sends WebSocket upgrades through the same router and guards as every other request. Other
 * protocols that a client merely offers (HTTP/2 over plain text) are left unanswered, as HTTP allows.
 */
function takeUpgrades({ app: { server, routing } }: HttpDoor): WeakMap<IncomingMessage, Upgrade> {
  const upgrades = new WeakMap<IncomingMessage, Upgrade>();
  Object.assign(server, {
    shouldUpgradeCallback: ({ method, headers }: IncomingMessage) =>
      method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    socket.on('error', () => socket.destroy());
    upgrades.set(request, { request, response, socket, head });
    routing(request, response);
  });
  return upgrades;
}
