/** What every request passes before its handler, in this order, WebSocket upgrades included. */
import { McplogError } from '@mcplog/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { assertSameSite, identify, notLoggedIn, type SessionFinder } from './authentication.ts';
import type { DoorApp, RateLimit } from './door-options.ts';
import { assertOurHost, type HostRules } from './hosts.ts';
import { convertQuery } from './query-values.ts';
import { assertPlainPath } from './raw-path.ts';

/** An API's answers are nobody's page and nobody's cache; a route may set its own over these. */
const ANSWER_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

export interface Guards {
  readonly hosts: HostRules;
  readonly sessions: SessionFinder;
  readonly rateLimit: RateLimit;
}

type LimitCheck = ReturnType<DoorApp['createRateLimit']>;

export function installGuards(app: DoorApp, guards: Guards): void {
  const checkLimit = app.createRateLimit();
  app.addHook('onRequest', async (request, reply) => {
    request.access = {};
    reply.header('x-request-id', request.id).headers(ANSWER_HEADERS);
    if (request.raw.headers.upgrade !== undefined) reply.header('connection', 'close');
    assertPlainPath(request.raw.url ?? '');
    assertOurHost(request.raw, guards.hosts);
    await admit(request, reply, { checkLimit, sessions: guards.sessions });
  });
  app.addHook('onResponse', async (request) => endRefusedUpgrade(request));
  app.addHook('preValidation', async (request) => convertQuery(request));
}

/**
 * Node gives up a socket when it asks for an upgrade. One that is refused here has no owner any
 * more (@fastify/websocket adopts it later than these guards run) and would stay open for ever.
 */
function endRefusedUpgrade({ raw }: FastifyRequest): void {
  if (raw.headers.upgrade !== undefined) raw.socket.destroySoon();
}

interface Admission {
  readonly checkLimit: LimitCheck;
  readonly sessions: SessionFinder;
}

/** The limit is counted before a refusal, so that guessing tokens is limited too. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  { checkLimit, sessions }: Admission,
): Promise<void> {
  const config = request.routeOptions.config ?? {};
  const identified = identify(request.headers, sessions);
  request.subject = identified?.subject;
  if (!config.quiet) await countRequest(request, reply, checkLimit);
  if (identified?.from === 'cookie') assertSameSite(request.method, request.headers);
  if (!identified && !config.public && !request.is404) throw notLoggedIn();
}

async function countRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  check: LimitCheck,
): Promise<void> {
  const limit = await check(request);
  if (limit.isAllowed) return;
  reply.header('x-ratelimit-limit', limit.max).header('x-ratelimit-remaining', limit.remaining);
  if (!limit.isExceeded) return;
  reply.header('retry-after', Math.max(1, limit.ttlInSeconds));
  throw tooMany(limit.max, limit.timeWindow, limit.ttlInSeconds);
}

export function tooMany(max: number, windowMs: number, waitSeconds: number): McplogError {
  return new McplogError('MCPLOG_TOO_MANY_REQUESTS', `wait ${Math.max(1, waitSeconds)} s`, [
    { path: 'request', problem: `accepted: ${max} requests in ${windowMs / 1000} s` },
  ]);
}
